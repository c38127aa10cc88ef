"""What several test modules and benchmarks share: sites, commands, servers, browsers and readers of what is built."""
