"""sitegen holds each compatibility fact once, in YAML, and emits it wherever it is published.

    content/*.yaml   -> facts       `facts`: typed, frozen, each with its place
    content/*.md     -> pages       `pages`: front matter, prose, slots for tables
    facts + a day    -> tables      `tables`: grids of cells, and what is `derived` from them
    pages + tables   -> documents   `documents`: nothing is left to look up
    documents        -> text        `dialects`: a writer each, which cannot see facts
    text by path     -> files       `output` writes or compares it, `preview` serves it

`loading` and `site` run that for a whole site. `rules`, `changes`, `explanation` and
`verification` ask questions of it; `commands` is the edge, where the clock, the disk and
the terminal are.
"""

__version__ = "0.1.0"
