"""The commands `diff` and `upcoming`: changes between two dates or revisions, and changes on later days.

May import: frozen, findings, templates, facts, markdown, evaluation, tables, documents, formats, site.
"""
