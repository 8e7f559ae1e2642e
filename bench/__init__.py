"""Benchmark of Duly against a bare workflow on the same server in the same run: `python -m bench`."""
