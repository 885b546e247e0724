"""Commits and questions made at random, so that everything that a search knows comes up in them."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from kvmsearch.commit import Commit, Person, Ref
from kvmsearch.engines import Question
from kvmsearch.query.tree import (
    And,
    Dated,
    Everything,
    Fuzzy,
    Id,
    Named,
    Near,
    Node,
    Not,
    On,
    Or,
    Phrase,
    Prefix,
    Regex,
    Subsystem,
    Trailer,
    Word,
    Words,
)
from kvmsearch.query.tree import Person as By
from kvmsearch.record import replace
from tests.engines.made import NEXT, QUEUE, STABLE, START, real

SPELLINGS = (
    "AB-BA deadlock, abba deadlock, ab ba: use-after-free; use after free of useafterfree",
    "kvm_gmem_populate() and kvm_gmem, gmem_populate, kvm-gmem populate; guestMemfd guest_memfd",
    "the lock of slots_lock, non-leaf nonleaf, of the slots lock in virt/kvm/guest_memfd.c",
    "fix 2a62345b3052 (abba: a lock), 2a62345b and 2a62345b30529f4c1d2e; not 2a6234 nor deadbeef",
    "device-s tree, devices tree, a device tree of the tree device",
)
TRAILERS = (
    'Fixes: 2a62345b3052 ("KVM: foo")',
    "Cc: stable@vger.kernel.org # 6.6",
    "Link: https://lore.kernel.org/r/20260101.42@example.org",
    "Reviewed-by: Kai Huang <kai@example.org>",
    "Reported-by: syzbot",
)
REFS = (NEXT, QUEUE, STABLE)


def some_commits(random: Random, count: int) -> list[Commit]:
    """Return commits in series, with copies told and untold, on several refs."""
    commits = [_reworded(random, commit) for commit in real(count)]
    commits += [_copied(random, commit) for commit in random.sample(commits, count // 4)]
    random.shuffle(commits)
    return [replace(one, refs=_refs(random)) for one in commits]


def _reworded(random: Random, commit: Commit) -> Commit:
    """Return a commit moved in time, with odd spellings and trailers in some."""
    message = commit.message
    if random.random() < 0.4:
        message = message.rstrip("\n") + "\n\n" + random.choice(SPELLINGS) + "\n"
    if random.random() < 0.4:
        trailers = random.sample(TRAILERS, random.randint(1, 3))
        message = message.rstrip("\n") + "\n\n" + "\n".join(trailers) + "\n"
    if random.random() < 0.1:
        message = random.choice(SPELLINGS) + "\n\n" + message
    date = START + timedelta(minutes=random.choice((0, 1, 10, 29, 31, 60)) * random.randint(0, 40))
    person = Person("", f"{random.randint(0, 3)}@example.org") if random.random() < 0.5 else None
    author = person or commit.author
    return replace(commit, message=message, author_date=date, committer_date=date, author=author)


def _copied(random: Random, commit: Commit) -> Commit:
    date = commit.date + timedelta(days=random.choice((0, 0, 30)))
    others = {"id": f"{random.getrandbits(160):040x}", "committer_date": date}
    match random.randint(0, 2):
        case 0:
            others["message"] = f"UPSTREAM: {commit.message}"
        case 1:
            others["message"] = f"{commit.message}\n\n(cherry picked from commit {commit.id})\n"
            others["author_date"] = commit.author_date + timedelta(minutes=random.randint(0, 50))
    return replace(commit, **others)


def _refs(random: Random) -> tuple[Ref, ...]:
    return tuple(sorted(random.sample(REFS, random.choice((0, 1, 1, 2, 3)))))


class Asker:
    """Asks about some commits."""

    def __init__(self, random: Random, commits: Sequence[Commit]) -> None:
        self._random = random
        self._commits = commits

    def question(self) -> Question:
        """Return any question."""
        pick = self._random.choice
        return Question(
            self.query(2),
            limit=pick((1, 3, 10, 10, 1000)),
            skip=pick((0, 0, 0, 1, 5, 20, 50)),
            match=pick(("auto", "any", "all")),
            sort=pick(("relevance", "relevance", "relevance", "newest", "oldest")),
            group=self._random.random() < 0.75,
            explain=self._random.random() < 0.25,
        )

    def query(self, depth: int) -> Node:
        """Return a query, with operators nested no deeper than so."""
        kind = self._random.random()
        if depth == 0 or kind < 0.6:
            return self._words() if self._random.random() < 0.7 else self._single()
        parts = tuple(self.query(depth - 1) for _ in range(self._random.randint(1, 3)))
        if kind < 0.75:
            return And((self._words(), *(self._filter() for _ in range(len(parts)))))
        if kind < 0.85:
            return And(parts[:2])
        return Or(parts) if kind < 0.96 else Not(parts[0])

    def _words(self) -> Words:
        count = self._random.choice((1, 1, 2, 2, 3, 4, 8, 30))
        if self._random.random() < 0.4:
            parts: list[Node] = [Word(word) for word in self._run(count)]
        else:
            parts = [self._free() for _ in range(count)]
        if self._random.random() < 0.15:
            parts.append(self._named())
        return Words(tuple(parts))

    def _free(self) -> Node:
        kind = self._random.random()
        field = self._random.choice((None, None, None, "title", "body", "trailer"))
        if kind < 0.65:
            return Word(self._word(), field)
        if kind < 0.75:
            return Phrase(" ".join(self._run(self._random.randint(1, 4))), field)
        if kind < 0.85:
            return Prefix(self._word()[: self._random.randint(1, 6)], field)
        if kind < 0.93:
            return Fuzzy(self._slipped(self._word()), field, self._random.randint(1, 2))
        words = self._run(self._random.randint(1, 6))
        self._random.shuffle(words)
        return Near(" ".join(words[:3]), self._random.choice((0, 1, 3, 12, 40)), field)

    def _single(self) -> Node:
        return self._free() if self._random.random() < 0.5 else self._filter()

    def _filter(self) -> Node:
        commit = self._commit()
        match self._random.randint(0, 9):
            case 0:
                return By(self._random.choice(str(commit.author).split()))
            case 1:
                return By("bob", "committer")
            case 2:
                return On(self._random.choice(("next", "kvm/*", "linux-6.?.y", "*", "none")))
            case 3:
                return Id(commit.id[: self._random.randint(0, 3)])
            case 4 | 5:
                which = self._random.choice(("author", "committer"))
                dates = sorted((commit.date, self._commit().date))
                return Dated(self._random.choice((None, dates[0])), dates[1], which)
            case 6:
                texts = ("", "stable", "Kai Huang", "huang kai", "2a62345b30", "KVM foo", "6.6")
                keys = ("cc", "Fixes", "reviewed-by", "link", "none")
                return Trailer(self._random.choice(keys), self._random.choice(texts))
            case 7:
                return Subsystem(commit.title.partition(":")[0])
            case 8:
                wanted = self._random.choice(("^fix", "lock", "[0-9]{4}", "$^", "b.{3}d"))
                return Regex(wanted, ignore_case=True)
        return Everything()

    def _named(self) -> Named:
        commit = self._commit()
        ids = (commit.id[: self._random.randint(7, 40)],) if self._random.random() < 0.5 else ()
        title = commit.title if self._random.random() < 0.5 else ""
        link = "20260101.42@example.org" if self._random.random() < 0.2 else ""
        return Named(ids, title, link)

    def _commit(self) -> Commit:
        return self._random.choice(self._commits)

    def _run(self, count: int) -> list[str]:
        """Return words that stand side by side in a message."""
        words = self._commit().message.split() or ["none"]
        start = self._random.randrange(len(words))
        return words[start : start + count]

    def _word(self) -> str:
        if self._random.random() < 0.05:
            return self._random.choice(("xyzzy", "the", "...", "2a62345b", "2a62345b30529f", "of"))
        if self._random.random() < 0.3:
            return self._random.choice(" ".join(SPELLINGS).split())
        return self._run(1)[0]

    def _slipped(self, word: str) -> str:
        at = self._random.randrange(len(word) + 1)
        return self._random.choice(
            (
                word,
                word[:at] + word[at + 1 :],
                word[:at] + "e" + word[at:],
                word[:at] + word[at:][::-1],
            )
        )
