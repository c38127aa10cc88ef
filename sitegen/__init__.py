"""sitegen keeps each compatibility fact once, in YAML, and generates the pages that show it.

    content/*.yaml   -> facts       `facts`: typed and immutable, with places
    content/*.md     -> pages       `markdown`: front matter, prose, slots for tables
    facts + a date   -> tables      `tables`: grids of cells
    pages + tables   -> documents   `documents`: pages without references to facts
    documents        -> text        `formats`: Hugo, Markdoc and HTML
    text by path     -> files       `build` writes or compares them, `preview` serves them

`site` does this for all libraries. `rules`, `changes`, `explanation` and `verification` analyze a site. `commands` is
the command line, with access to the clock, the disk and the terminal.
"""

__version__ = "0.1.0"
HOMEPAGE = "https://sitegen.example/"  # as in pyproject.toml
