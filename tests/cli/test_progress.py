import io

from kvmsearch.cli.progress import ProgressLine, progress_text
from kvmsearch.registry import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time set."""
        return self.now


def test_text_with_a_total() -> None:
    """With a total there are a bar and the time left."""
    text = progress_text(Progress("kvm", 20_000, lambda: 80_000), 10, bar=True)
    assert text == "kvm: [#####...............] 20,000 of 80,000 commits, 2,000/s, 0:30 left"


def test_text_without_a_total() -> None:
    """Without a total there are commits and rate only."""
    assert progress_text(Progress("kvm", 300, None), 2, bar=True) == "kvm: 300 commits, 150/s"


def test_text_at_the_start_and_past_the_end() -> None:
    """No time has passed, or more commits came than were announced: no error, no nonsense."""
    begun = progress_text(Progress("kvm", 0, lambda: 9), 0, bar=True)
    assert begun == "kvm: [....................] 0 of 9 commits, 0/s"
    assert progress_text(Progress("k", 20, lambda: 10), 1, bar=True).endswith(" 0:00 left")
    assert progress_text(Progress("k", 1, lambda: 7201), 1, bar=True).endswith(" 2:00:00 left")


def test_plain_text_asks_for_no_total() -> None:
    """Where no bar is drawn, the commits are not counted, which takes time."""
    asked: list[str] = []
    progress = Progress("kvm", 300, lambda: asked.append("total"))
    assert progress_text(progress, 2, bar=False) == "kvm: 300 commits, 150/s"
    assert asked == []


def test_terminal_redraws_one_line() -> None:
    """On a terminal one line is redrawn, ten times a second at most, and wiped at the end."""
    stream, clock = Terminal(), Clock()
    with ProgressLine(stream, clock) as line:
        line(Progress("kvm", 1000, None))
        line(Progress("kvm", 1001, None))
        clock.now = 0.5
        line(Progress("kvm", 7, None))
    first, second, last = "kvm: 1,000 commits, 0/s", "kvm: 7 commits, 14/s   ", " " * 20
    assert stream.getvalue() == f"\r{first}\r{second}\r{last}\r"


def test_elsewhere_plain_lines() -> None:
    """Elsewhere there is a line every ten seconds, and none for short work."""
    stream, clock = io.StringIO(), Clock()
    with ProgressLine(stream, clock) as line:
        line(Progress("kvm", 1, None))
        assert stream.getvalue() == ""
        clock.now = 10
        line(Progress("kvm", 500, None))
        clock.now = 11
        line(Progress("kvm", 600, None))
    assert stream.getvalue() == "kvm: 500 commits, 50/s\n"
