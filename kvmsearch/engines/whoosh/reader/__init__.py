"""Reads an index: segments by mmap, no more of them than a question needs, and runs nothing.

`snapshot` opens one generation, `leaf` is one segment of it; docs/reading.md tells the rest.
"""
