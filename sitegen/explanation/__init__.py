"""Questions: where a fact is defined, what shows it, and what the published tables answer to a support question.

May import: frozen, findings, facts, evaluation, tables, documents, site, changes.
"""
