"""sitegen holds each compatibility fact once and emits it wherever it is published."""

__version__ = "0.1.0"
