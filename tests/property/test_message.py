from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvmsearch.message import SPACE, parse_message
from tests.compare_messages import differing, read_commits, write_commits

LINES = st.sampled_from(
    [
        *("", "", " ", "\r", "prose", " folded", "\tfolded", "#", "# comment", "[a: note]", "---"),
        *("Key: value", "Key : value ", "Key:", "-:", ":", "Two words: value", "Ké: value"),
        *("Signed-off-by: A", "(cherry picked from commit 1)", "Conflicts:", "\x0c", "\x1b[m"),
        "# ------------------------ >8 ------------------------",
    ]
)
TEXTS = st.lists(LINES | st.text(st.characters(exclude_characters="\0"), max_size=8)).map("\n".join)
MESSAGES = st.builds("{}{}".format, TEXTS, st.sampled_from(["", "\n", "\n\n"]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that repositories are made in."""
    return tmp_path_factory.mktemp("messages")


@settings(max_examples=20)
@given(st.lists(MESSAGES, min_size=20))
def test_git_agrees(folder: Path, messages: list[str]) -> None:
    """Git splits messages of any lines the same way."""
    repository = folder / str(sum(1 for _ in folder.iterdir()))
    write_commits(repository, (message.encode("utf-8", "surrogatepass") for message in messages))
    assert list(differing(read_commits(repository))) == []


@given(MESSAGES | st.text())
def test_parts_are_of_the_text(text: str) -> None:
    """Title and body come from the text in that order, and prose from the body, line by line."""
    parts = parse_message(text)
    assert text.partition("\0")[0].endswith(parts.body)
    assert "\n" not in parts.title
    lines = parts.body.split("\n")
    assert set(parts.prose.split("\n")) <= {"", *lines, *(line.rstrip(SPACE) for line in lines)}
    assert parts.prose == parts.prose.rstrip(SPACE)


@given(MESSAGES)
def test_printed_trailers_are_trailers(text: str) -> None:
    """Trailers, printed one a line, are read again as they were."""
    trailers = parse_message(text).trailers
    lines = "".join(f"{trailer.key}: {trailer.value}\n" for trailer in trailers)
    again = parse_message(f"title\n\n{lines}")
    assert again.trailers == trailers
    assert again.prose == ""
