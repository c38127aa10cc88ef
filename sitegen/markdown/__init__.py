"""Page files as their author wrote them: front matter, blocks, and the inside of paragraphs.

Prose passes through unchanged.

May import: frozen, findings, source, templates, facts.
"""
