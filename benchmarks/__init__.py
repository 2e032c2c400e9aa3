"""Benchmarks: the store beside its peers and the bare wire, in interleaved rounds; ``python -m benchmarks``.

Each module that has a function ``cases(setting)`` is a topic; it returns the cases that are measured.
"""
