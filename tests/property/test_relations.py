from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.link import LONGEST_VALUE
from kvmsearch.relations import MOST_LINKS, links, read_links

IDS = st.text("0123456789abcdef", min_size=7, max_size=64) | st.just("2a62345b3052")
WORDS = st.sampled_from(
    [
        *("Fixes:", "fixes", "commit", "commits", "This", "reverts", "Revert", "upstream.", "and"),
        *("(cherry picked from", "[ Upstream", "]", ")", "(", '("x")', '"', ",", "\n", "\n\n"),
        *("Link:", "Closes:", "<a@b>", "https://lore.kernel.org/r/a@b/", "master", "Reapply"),
    ]
)
MESSAGES = st.lists(IDS | WORDS | st.text(max_size=8)).map(" ".join)


@given(MESSAGES | st.text())
def test_links_are_few_and_can_be_stored(message: str) -> None:
    """Links of any text are few, differ, and are terms that an index can hold."""
    found = links(message)
    assert len(set(found)) == len(found) <= MOST_LINKS
    for term in found:
        assert term.encode().decode() == term
        kind, _, value = term.partition(":")
        assert kind in ("fixes", "reverts", "reverts-title", "copies", "mentions", "link")
        assert 0 < len(value) <= LONGEST_VALUE


@given(MESSAGES)
def test_ids_are_as_written(message: str) -> None:
    """Each id that is named stands in the message."""
    for link in read_links(message):
        if link.kind not in ("link", "reverts-title"):
            assert 7 <= len(link.value) <= 64
            assert link.value in message.lower()


@given(MESSAGES, IDS.filter(lambda text: any(map(str.isdigit, text))))
def test_fixes_are_found_anywhere(text: str, fixed: str) -> None:
    """A Fixes: line is read whatever comes before it, unless it is one of too many links."""
    found = links(f"{text}\n\nFixes: {fixed}\n")
    assert f"fixes:{fixed}" in found or len(found) == MOST_LINKS
