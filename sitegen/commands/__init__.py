"""The commands, one module each with a function `run`, and what they share.

Clock, environment, disk and terminal are used here only.

May import: findings, files, source, templates, facts, formats, site, changes, data, rules, build,
explanation, preview, package_indexes, verification, schema, importing.
"""
