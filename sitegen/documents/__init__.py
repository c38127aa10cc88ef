"""Documents: a page file, filled for a product, a library and a format, with all values filled in.

May import: frozen, findings, templates, facts, markdown, evaluation, tables.
"""
