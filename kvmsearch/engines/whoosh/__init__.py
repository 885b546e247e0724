"""The embedded engine: an index in a folder, kept by Whoosh.

schema      the fields of a document, and a commit to and from its stored form
pickles     what Whoosh may unpickle: nothing that could run code
segment     commits -> one segment of postings and columns
membership  which documents of a segment are on which ref: bitmaps beside the segments
manifest    one generation of all that is beside the documents
snapshot    one generation, open for reading
evaluate    query tree -> matching documents and their terms
rank        matching documents -> ranked changes
writing     the transaction
engine      the Engine protocol over these
"""
