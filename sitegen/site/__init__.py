"""The site: settings, loading, which pages exist, and the documents and texts of a library and of the whole site.

May import: frozen, findings, files, source, languages, templates, facts, markdown, evaluation, tables, documents,
formats.
"""
