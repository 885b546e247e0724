from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.analysis import tokenize
from kvmsearch.commit import Commit, Person
from kvmsearch.hits import Snippet
from kvmsearch.matching import Span, pattern
from kvmsearch.query import (
    Fuzzy,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Regex,
    Subsystem,
    Word,
    Words,
)
from kvmsearch.snippets import AT_MOST, LONGEST, highlighter

DAY = datetime(2026, 3, 1, tzinfo=UTC)

# Few words in many spellings, so that queries and messages meet.
pieces = st.sampled_from(
    "ab ba abba AB-BA lock Locks kvm_gmem vcpu->mutex guestMemfd café CAFE\u0301 ß \ufb01re "
    "\U0001f63e x\u200dy the".split()
)
gaps = st.sampled_from([" ", " ", " ", "_", "-", "\n", "\n\n", "/", ", ", "\r\n", "\t", " " * 150])
texts = st.lists(st.tuples(pieces, gaps), max_size=80).map(
    lambda pairs: "".join(piece + gap for piece, gap in pairs)
)
trailers = st.lists(
    st.builds("{}: {}".format, st.sampled_from(["Fixes", "Link"]), pieces), max_size=3
)
messages = st.builds(
    lambda title, body, lines: f"{title}\n\n{body}\n\n" + "\n".join(lines), texts, texts, trailers
)
leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, pieces, st.sampled_from([None, "title", "body", "trailer"])),
    st.builds(Phrase, st.lists(pieces, max_size=3).map(" ".join)),
    st.builds(Prefix, pieces),
    st.builds(Fuzzy, pieces, st.sampled_from([None, "title"]), st.sampled_from([1, 2])),
    st.builds(Near, st.lists(pieces, max_size=3).map(" ".join), st.integers(1, 9)),
    st.builds(Regex, pieces, st.booleans()),
    st.builds(Subsystem, pieces),
)
queries: st.SearchStrategy[Node] = st.one_of(
    st.lists(leaves, max_size=3).map(lambda parts: Words(tuple(parts))),
    st.lists(leaves | st.builds(Not, leaves), max_size=3).map(lambda parts: Or(tuple(parts))),
)


def commit(message: str) -> Commit:
    """Return a commit with this message."""
    return Commit("1" * 40, message, Person("Ann", "ann@example.org"), DAY)


def in_order(spans: tuple[Span, ...], text: str) -> bool:
    """Whether spans are of the text, not empty, in order and apart."""
    ends = [0, *(offset for span in spans for offset in span), len(text)]
    return ends == sorted(ends) and all(start < end for start, end in spans)


def source(commit: Commit, snippet: Snippet) -> list[str]:
    """Return the texts that a snippet may be cut from."""
    if snippet.field == "trailers":
        return [f"{trailer.key}: {trailer.value}" for trailer in commit.trailers]
    return [commit.title if snippet.field == "title" else commit.parts.prose]


@given(messages, queries)
def test_snippets_are_exact_slices(message: str, query: Node) -> None:
    """Whatever is asked, snippets are short slices of their field with some match in each."""
    asked = commit(message)
    title_spans, snippets = highlighter(query)(asked)
    assert in_order(title_spans, asked.title)
    assert len(snippets) <= AT_MOST
    for snippet in snippets:
        assert any(snippet.text in text for text in source(asked, snippet))
        assert snippet.matches
        assert in_order(snippet.matches, snippet.text)
        longest = max(end - start for start, end in snippet.matches)
        assert len(snippet.text) <= max(LONGEST, longest)


@given(messages, pieces)
def test_all_that_is_marked_is_of_the_word(message: str, word: str) -> None:
    """Each span is the word in some spelling, or a part of it; never a part of another word."""
    asked = commit(message)
    title_spans, snippets = highlighter(Words((Word(word),)))(asked)
    terms = pattern(word).terms
    marked = [asked.title[start:end] for start, end in title_spans]
    marked += [snippet.text[start:end] for snippet in snippets for start, end in snippet.matches]
    for slice_ in marked:
        covering = [token.term for token in tokenize(slice_)]
        assert terms.intersection(covering)
        assert slice_.strip() == slice_


@given(messages, queries)
def test_what_is_excluded_is_never_marked(message: str, query: Node) -> None:
    """The opposite of a query marks nothing."""
    assert highlighter(Not(query))(commit(message)) == ((), ())
