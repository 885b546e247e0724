import warnings

import pytest

from kvmsearch.errors import UsageError
from kvmsearch.query.regex import LONGEST, compile_regex


def test_lines_and_case() -> None:
    """Both ends of every line can be asked for, and case be ignored."""
    assert compile_regex("^b$", ignore_case=False).search("a\nb\nc")
    assert not compile_regex("^B$", ignore_case=False).search("a\nb\nc")
    assert compile_regex("^B$", ignore_case=True).search("a\nb\nc")
    assert not compile_regex("a.b", ignore_case=False).search("a\nb")


@pytest.mark.parametrize(
    "pattern",
    ["(", "*", "a{2,1}", "[z-a]", "(?P<a>x)(?P<a>y)", "\\", "(?<=a*)b", "a{99999999999}"],
)
def test_what_is_no_regular_expression(pattern: str) -> None:
    """What does not compile is an error that names the pattern and says why, on one line."""
    with pytest.raises(UsageError, match=r"\A.* is no regular expression: .+\Z"):
        compile_regex(pattern, ignore_case=False)


def test_too_long_or_too_deep() -> None:
    """What nobody types is refused."""
    assert compile_regex("x" * LONGEST, ignore_case=False).search("x" * LONGEST)
    with pytest.raises(UsageError, match="more than 500 characters"):
        compile_regex("x" * (LONGEST + 1), ignore_case=False)


def test_warnings_are_kept_quiet() -> None:
    """What later Pythons may read otherwise is no reason to write to standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compile_regex("[[a]", ignore_case=False).search("[")
