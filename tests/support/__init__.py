"""Shared code of tests and benchmarks: sites, commands, servers, browsers, and readers of output."""
