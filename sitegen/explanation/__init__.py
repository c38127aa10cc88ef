"""The command `explain`: where a fact is defined, what shows it, and how the tables answer a support question.

May import: frozen, findings, languages, facts, markdown, evaluation, tables, documents, site, changes.
"""
