"""The preview: a site rebuilt whenever its sources change, served from memory.

    a change -> read, load, build on a thread of its own -> a new state -> browsers ask for it

Nothing is read from disk to answer a request, so nothing but the built site can be asked for.

May import: dates, frozen, findings, files, facts, documents, formats, site, rules, build, explanation.
"""
