"""Writes the index: commits to segments, and segments to generations. docs/index-format.md.

schema       the fields as Whoosh knows them
documents    a commit -> its terms, by field
weights      the weight of a term in each document, as a code
postings     the documents, weights and positions of one term as bytes
dictionary   the term dictionary
columns      the values by document
lookups      ids, authors and changes in order, and the bitsets of common terms
compound     all files of a segment as one
builder      commits -> one segment, by these

worker       a process that builds segments, and
workers      its other end
pending      the commits that are not in a generation yet
marks        which documents are on which ref, and which are deleted
aliases      copies of a change that only their messages tell
merging      which segments are merged
generations  one generation on the disk
folder       the folder, and the lock on it
transaction  the transaction over all of these
"""
