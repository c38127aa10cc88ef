"""Source texts to nodes: decoding, YAML and front matter. Each node has its place in the file.

May import: findings, files.
"""
