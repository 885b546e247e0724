"""How well kvmsearch ranks, measured against its peers on questions with known answers.

`python -m bench.quality --help` has the options, README.md what is measured and how.
"""
