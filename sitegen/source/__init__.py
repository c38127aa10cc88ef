"""Texts to nodes: decoding, YAML and front matter. Each node knows its place: file, line, column.

May import: findings, files.
"""
