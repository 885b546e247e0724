"""Measurements of kvmsearch beside its peers; README.md says what and how.

`quality` asks questions with known answers (`make eval`), `speed` takes the time (`make bench`).
"""
