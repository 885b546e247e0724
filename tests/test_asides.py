"""What of a message tells of other commits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.asides import HALF, NOTHING, WHOLE, asides

ID = "2a62345b3052"

TEXTS = {
    "Take the lock. It is free again.": [("Take the lock. It is free again.", WHOLE)],
    f'Make it so. Since {ID} ("KVM: x86: Add foo") it is not. Do.': [
        ("Make it so. ", WHOLE),
        (f"Since {ID} ", HALF),
        ('("KVM: x86: Add foo")', NOTHING),
        (" it is not. ", HALF),
        ("Do.", WHOLE),
    ],
    f"As of {ID} (add: call foo(), 2020-01-31), it\nis.\n\nDo.": [
        (f"As of {ID} ", HALF),
        ("(add: call foo(),", NOTHING),
        (" 2020-01-31), it\nis.\n\n", HALF),
        ("Do.", WHOLE),
    ],
    f"See {ID} (add the foo), and {ID}": [
        (f"See {ID} ", HALF),
        ("(add the foo),", NOTHING),
        (f" and {ID}", HALF),
    ],
}


def counted(text: str) -> list[tuple[str, int]]:
    """Return the pieces of a text that count alike."""
    steps = [(0, WHOLE), *asides(text)]
    ends = [offset for offset, _ in steps[1:]] + [len(text)]
    pieces = [(text[a:b], share) for (a, share), b in zip(steps, ends, strict=True)]
    return [piece for piece in pieces if piece[0]]


@pytest.mark.parametrize("text", TEXTS)
def test_asides(text: str) -> None:
    """A sentence that names a commit counts half, and the subject of that one not at all."""
    assert counted(text) == TEXTS[text]


@given(st.lists(st.sampled_from([ID, f'{ID} ("', "foo", '")', "(", ")", ". ", "\n\n", "A", " "])))
def test_cut_between_words(pieces: list[str]) -> None:
    """Whatever a text is, it is cut in order and only between words."""
    text = "".join(pieces)
    offsets = [offset for offset, _ in asides(text)]
    assert offsets == sorted(set(offsets))
    for offset in offsets:
        assert f" {text} "[offset].isspace() or f" {text} "[offset + 1].isspace()


@pytest.mark.parametrize("piece", [f"{ID} ", f'{ID}("', f"{ID} (", f'{ID} ("a")', "\n \t", ". "])
def test_giant(piece: str) -> None:
    """A text of a million of anything is read in time that is linear."""
    assert all(share in (WHOLE, HALF, NOTHING) for _, share in asides(piece * (1 << 18) + ID))
