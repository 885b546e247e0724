"""The Whoosh schema of an index.

It holds nothing but Whoosh's own classes: a process without kvmsearch opens the folder.
Terms are made by kvmsearch.analysis; the tokenizer named here only lets Whoosh's own
query tools ask for a term as it stands.
"""

from whoosh.analysis.tokenizers import SpaceSeparatedTokenizer
from whoosh.columns import CompressedBlockColumn, NumericColumn, VarBytesColumn
from whoosh.fields import COLUMN, TEXT, FieldType, Schema
from whoosh.formats import Existence, Positions

from kvmsearch.engines.whoosh.layout import FIELDS, NUMBERS, RANKED


def _indexed(*, positions: bool) -> FieldType:
    field = TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=positions)
    field.format = Positions() if positions else Existence()
    # A weight is worked out when the commit is written; no lengths are kept beside it.
    field.scorable = False
    return field


SCHEMA = Schema(
    id=COLUMN(VarBytesColumn(allow_offsets=False)),
    commit=COLUMN(CompressedBlockColumn()),
    **{name: COLUMN(NumericColumn("q")) for name in NUMBERS},
    **{name: _indexed(positions=name == RANKED) for name in FIELDS},
)
