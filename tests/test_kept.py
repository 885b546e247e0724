"""What is made of texts, kept: never more than a process has room for."""

from kvmsearch.kept import Kept


def test_a_text_is_made_something_of_once() -> None:
    """What comes again is what was made before."""
    made: list[str] = []
    kept = Kept[None](made.append)
    assert [kept[text] for text in ("a", "b", "a")] == [None] * 3
    assert made == ["a", "b"]


def test_what_is_kept_is_bounded() -> None:
    """Neither long texts nor many fill the memory."""
    kept = Kept(len)
    assert kept["x" * 1000] == 1000
    assert not kept
    assert [kept[str(number)] for number in range(20_000)] == [
        len(str(number)) for number in range(20_000)
    ]
    assert len(kept) < 10_000
