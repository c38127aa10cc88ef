"""The commands `diff` and `upcoming`: changes between two dates or revisions, and changes on later days.

May import: frozen, findings, languages, templates, facts, markdown, evaluation, tables, documents, formats, site.
"""
