"""Page files: front matter, blocks, and the content of paragraphs.

`scanner.py` finds the syntax in texts and lines; `blocks.py` and `inline.py` parse filled pages; `pages.py` reads page
files; `raw_page.py` is a page before its templates run, for the rules of `sitegen check`. Prose is kept as written.

May import: frozen, findings, source, templates, facts.
"""
