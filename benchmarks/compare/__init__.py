"""How sitegen compares with Hugo and Eleventy on one workload: `python -m benchmarks.compare`."""
