"""Writes the index: commits to segments, and segments to generations. docs/index-format.md.

schema      the fields as Whoosh knows them
documents   a commit -> its terms, by field
builder     documents -> one segment, the files of whoosh.codec.whoosh3 and our own
postings    the documents, weights and positions of one term as bytes
dictionary  the term dictionary
columns     the values by document
lookups     ids, authors and changes in order, and the bitsets of common terms
compound    all files of a segment as one
"""
