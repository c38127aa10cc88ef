"""Documents: a page file, filled for a product, a library and a format, with nothing left to look up.

May import: frozen, findings, templates, facts, markdown, evaluation, tables.
"""
