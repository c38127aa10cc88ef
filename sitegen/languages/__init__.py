"""Languages: the texts that sitegen itself prints on pages, by key, and the words that rules search for.

The data of each language is a file `TAG.yaml`. English is complete; a site can add the texts of other languages.

May import: frozen, findings, source.
"""
