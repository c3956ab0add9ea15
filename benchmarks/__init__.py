"""Measuring: how fast Loyalty works beside other ways of doing the same.

Started by `make bench`, or `python -m benchmarks`; never imported by the project.
"""
