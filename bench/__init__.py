"""Measures the real stack, and takes its pictures. `python -m bench`, `python -m bench.screenshots`."""
