"""Compare sitegen with Hugo and Eleventy on the same workload: `python -m benchmarks.compare`."""
