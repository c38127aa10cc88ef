"""Data for machines, as files of the HTML site: the values of its pages as JSON, and files about its releases.

May import: frozen, findings, languages, templates, facts, evaluation, tables, documents, formats, site, changes.
"""
