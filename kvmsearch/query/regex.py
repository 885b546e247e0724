"""Regular expressions that people type: checked, and compiled alike by all who match them."""

import re
import warnings

from kvmsearch.errors import UsageError

LONGEST = 500
"""Characters of a pattern; what is longer was not typed."""


def compile_regex(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """Compile a pattern; as with git's --grep, `^` and `$` match at every line of a message.

    How long matching takes is for the pattern to say: exponentially long, if it is made so.

    Raises:
        UsageError: it is no regular expression, or longer than LONGEST.
    """
    if len(pattern) > LONGEST:
        raise UsageError(f"a regular expression of more than {LONGEST} characters")
    flags = re.MULTILINE | (re.IGNORECASE if ignore_case else re.NOFLAG)
    try:
        with warnings.catch_warnings():
            # Warns on standard error of what may mean something else in Pythons to come.
            warnings.simplefilter("ignore")
            return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"{pattern!r} is no regular expression: {error}") from error
