import pytest

from kvmsearch.sources.location import one_line, shown


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("-", "standard input"),
        ("/a/b c.atom", "/a/b c.atom"),
        ("https://me:pw@host/x@y?h=next", "https://host/x@y?h=next"),
        ("HTTP://me:p@w@host:8080/", "HTTP://host:8080/"),
        ("https://host/?private_token=x&h=a;feed_token=y#z", "https://host/?private_token=***&h=a;feed_token=***#z"),
        ("https://host/@user/", "https://host/@user/"),
    ],
)  # fmt: skip
def test_secrets_are_not_shown(location: str, text: str) -> None:
    """User name, password and tokens are left out of a location; the rest stays."""
    assert shown(location) == text


def test_foreign_text_becomes_one_harmless_line() -> None:
    """Line breaks become spaces, what steers a terminal is replaced, and length is bounded."""
    assert one_line("a\n b\x1b[31m\u202e") == "a b\ufffd[31m\ufffd"
    assert len(one_line("x" * 10**6)) == 300
