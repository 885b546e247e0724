"""How fast kvmsearch is, and how much it needs, measured beside its peers in the same run.

`python -m bench.speed --help` has the options, bench/README.md says what is measured and how.
"""
