"""Templates in `<< >>`, `<% %>` and `<# #>`: compiled by Jinja2, checked, and run within limits.

What a template prints becomes a mark in its text, and each format escapes the value behind the mark.

May import: frozen, findings.
"""
