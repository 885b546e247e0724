"""Answers questions from what the reader reads; docs/searching.md tells how, and why it is right.

search      a question to its answers
protocol    what is asked of an index
terms       a query tree to the units that find and rank
lookup      a unit in one segment: its documents and weights
evaluate    a query tree to the documents that match, as bits
phrases     words side by side, or near each other, by their positions
named       the commits that a query names outright
grep        regular expressions, in a process of their own (grepper)
scores      what documents earn by themselves, and bounds of that
candidates  documents in the order of their own scores
changes     which documents are of one change
series      which documents are of one series
matches     what each match earns, and the copies of a change
race        the answers so far, while documents come in the order of their scores
page        the best or newest answers, scoring no more than these take
explain     why an answer ranks where it does
suggest     what may be meant by words that no commit has
"""
