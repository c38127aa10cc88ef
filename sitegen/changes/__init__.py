"""What changed between two dates or revisions, and what will change by itself: facts and published text, not lines.

May import: dates, frozen, findings, templates, facts, markdown, evaluation, tables, documents, formats, site.
"""
