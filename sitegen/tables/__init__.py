"""Tables: from a definition to a grid of cells, and what is computed from the rows of a page.

May import: frozen, findings, source, languages, templates, facts, markdown, evaluation.
"""
