"""Answers questions from what the reader reads; docs/searching.md tells how.

search    a question to its answers
terms     a query tree to the units that find and rank
lookup    a unit in one segment: its documents and weights
evaluate  a query tree to the documents that match, as bits
scores    what documents earn by themselves, and bounds of that
page      the best or newest changes, scoring no more than these take
"""
