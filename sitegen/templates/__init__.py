"""Templates in `<< >>`, `<% %>` and `<# #>`: compiled by Jinja2, checked, and run within limits.

A printed value becomes a mark in the text, and each format escapes the value of the mark.

May import: frozen, findings.
"""
