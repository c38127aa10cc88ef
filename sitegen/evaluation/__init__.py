"""Facts as a page sees them: on a date, for a product and a library. This is what templates and tables read.

May import: frozen, findings, languages, templates, facts.
"""
