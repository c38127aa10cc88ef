"""The model of facts: field types, versions, alternatives, datasets and their records; from nodes to checked facts.

May import: frozen, findings, files, source, languages.
"""
