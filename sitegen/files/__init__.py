"""Files on disk: the sources of a site, the paths of its output, atomic writes, and the mark in generated files.

May import: findings.
"""
