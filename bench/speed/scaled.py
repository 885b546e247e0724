"""A history made larger or smaller, as a real repository.

Each round after the first tells all commits again, changed as new work would be:

- words seen once become new words, as many as it takes for the vocabulary to grow as Heaps's law
  has it (by a power of the text, for which the share of such words is a fair estimate);
- titles have their rarest word from the title of another commit, so that none is the copy of one;
- dates move back by 30 days.

In every round ids are those that git gives, and where a text names a commit of the history the
new text names the new one; in later rounds other long words of hexadecimal digits change, too.
A scale below 1 keeps the oldest part of the history.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from zlib import crc32

from bench.speed.history import BRANCH, git, texts
from bench.speed.objects import commit, commit_id, store
from bench.speed.text import Text

_WORD = re.compile(r"\w+")
_HEX = re.compile(r"[0-9a-f]{7,40}")
_ABBREVIATED = 7
_STEP = 30 * 86400
_STRIDE = 7919
"""How far apart commits are that hand each other words; a prime, so that all take part."""

Rename = Callable[[str], str]


def multiply(source: Path, target: Path, scale: float) -> None:
    """Write `scale` times the history of a repository's HEAD into a new bare repository.

    Raises:
        KvmsearchError: git fails.
    """
    git(Path(), "init", "--quiet", "--bare", "--template=", str(target))
    history = list(texts(source, "--reverse", "--topo-order", "HEAD"))
    wanted = max(1, round(scale * len(history)))
    tip = store(target, wanted, _told(history, wanted))
    git(target, "update-ref", f"refs/heads/{BRANCH}", tip)
    git(target, "symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")


def _told(history: Sequence[Text], wanted: int) -> Iterator[bytes]:
    """Yield the commits, each after its parents."""
    frequency = Counter(
        word for text in history for part in text[-3:] for word in _WORD.findall(part)
    )
    tip = ""
    for turn in count():
        made: dict[str, str] = {}
        rename = _renaming(frequency, made, turn)
        for place, text in enumerate(history):
            if not wanted:
                return
            wanted -= 1
            lender = history[(place + turn * _STRIDE) % len(history)]
            title = _lent(text.title, lender.title, frequency) if turn else text.title
            told = text._replace(
                title=rename(title),
                body=rename(text.body),
                trailers=rename(text.trailers),
                written=max(0, text.written - turn * _STEP),
                committed=max(0, text.committed - turn * _STEP),
            )
            parents = [made[one] for one in text.parents.split() if one in made]
            content = commit(told, parents or [tip] * bool(tip))
            tip = commit_id(content)
            made[text.id] = made[text.id[:_ABBREVIATED]] = tip
            yield content


def _renaming(frequency: Counter[str], made: dict[str, str], turn: int) -> Rename:
    """Return what the words of a text become in one round."""
    share = list(frequency.values()).count(1) / max(1, len(frequency))
    renewed = ((turn + 1) ** share - turn**share) / share if share else 0.0
    new = {
        word: word + _letters(_draw(word, turn))
        for word, seen in frequency.items()
        if turn and seen == 1 and _draw(word, turn) < renewed * 2**32
    }
    named = {word: _other_digits(word, turn) for word in frequency if _HEX.fullmatch(word)}

    def renamed(found: re.Match[str]) -> str:
        word = found[0]
        if word in named:
            known = made.get(word[:_ABBREVIATED])
            return known[: len(word)] if known else named[word]
        return new.get(word, word)

    return lambda text: _WORD.sub(renamed, text)


def _draw(word: str, turn: int) -> int:
    """Return one of 2**32 numbers, the same for the same word and round."""
    return crc32(f"{word} {turn}".encode("utf-8", "surrogatepass"))


def _letters(number: int) -> str:
    return chr(97 + number % 26) + chr(97 + number // 26 % 26)


def _other_digits(word: str, turn: int) -> str:
    if not turn:
        return word
    digits = "".join(f"{_draw(word, turn * 10 + block):08x}" for block in range(5))
    return digits[: len(word)]


def _lent(title: str, lender: str, frequency: Counter[str]) -> str:
    """Return a title with its rarest word replaced by that of another one."""
    own, other = (_WORD.findall(text) for text in (title, lender))
    if not own or not other:
        return title
    rarest = min(own, key=frequency.__getitem__)
    return re.sub(rf"\b{rarest}\b", min(other, key=frequency.__getitem__), title, count=1)
