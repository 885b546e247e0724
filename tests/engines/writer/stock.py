"""What Whoosh alone tells of an index, as JSON; run in a process that cannot import kvmsearch."""

import json
import sys

from whoosh.index import open_dir
from whoosh.query.positional import Phrase

folder, phrases = sys.argv[1], json.loads(sys.argv[2])
assert not any("kvmsearch" in name for name in sys.modules)
index = open_dir(folder)
reader = index.reader()
postings = []
for field, term in reader.all_terms():
    matcher = reader.postings(field, term)
    kind = "positions" if index.schema[field].format.supports("positions") else "weight"
    found = []
    while matcher.is_active():
        found.append([matcher.id(), matcher.weight(), matcher.value_as(kind)])
        matcher.next()
    postings.append([field, term.decode(), found, reader.doc_frequency(field, term)])
leaves = [leaf for leaf, _ in reader.leaf_readers()]
columns = {
    name: [
        [value if isinstance(value, int) else value.hex() for value in leaf.column_reader(name)]
        for leaf in leaves
    ]
    for name in index.schema.names()
    if index.schema[name].column_type
}
with index.searcher() as searcher:
    told = {
        "count": reader.doc_count(),
        "postings": postings,
        "columns": columns,
        "deleted": [
            document for document in range(reader.doc_count_all()) if reader.is_deleted(document)
        ],
        "phrases": [
            sorted(hit.docnum for hit in searcher.search(Phrase(field, words), limit=None))
            for field, words in phrases
        ],
        "stored": reader.stored_fields(0),
    }
json.dump(told, sys.stdout)
