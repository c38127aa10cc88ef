"""The preview: a site that is rebuilt whenever its sources change, and served from memory.

    a change -> read, load and build on a separate thread -> a new snapshot -> browsers reload

No request reads a file, so that browsers can request only the built site.

May import: dates, frozen, findings, files, facts, evaluation, documents, formats, site, changes,
rules, build, explanation.
"""
