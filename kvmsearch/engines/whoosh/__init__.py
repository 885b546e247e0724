"""The embedded engine: an index in a folder, in Whoosh's form.

layout      the fields and files of a segment, and a commit to and from its stored row
generation  one generation of all that is beside the segments: its manifest
writer      commits -> segments, and generations of them; imports Whoosh
reader      the files of a generation -> postings, positions, columns, commits
ranker      a question -> the documents that match, scored and grouped
lineage     how the commits of a generation are related
engine      the Engine protocol over these
"""
