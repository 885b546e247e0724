import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

import kvmsearch
from bench.speed.__main__ import main
from bench.speed.asked import Query, read, written
from bench.speed.chosen import choose
from bench.speed.cost import cost_of
from bench.speed.figures import Goal, Row, at_most, row, within
from bench.speed.history import git, texts
from bench.speed.objects import commit, commit_id, store
from bench.speed.peers import MODULES, installed, peer
from bench.speed.picture import picture
from bench.speed.report import table
from bench.speed.runs import Run, merged
from bench.speed.scaled import multiply
from bench.speed.text import Text
from bench.speed.workshop import opened
from kvmsearch import KvmsearchError

FEEDS = Path(__file__).parent / "data" / "feeds"
PUBLISHED = ("kvm-virt", "cgit-kvm-unit-tests-next", "cgit-u-boot-next", "cgit-u-boot-2023.07.y")
FIRST = 1_700_000_000


def text(number: int, title: str, body: str = "", trailers: str = "") -> Text:
    """Return a commit an hour after the one before."""
    ann = "Ann <ann@example.org>"
    date = FIRST + 3600 * number
    return Text("", ann, ann, date, date, "", title, body, trailers)


def real_texts() -> list[Text]:
    """Return commits of Linux, KVM and U-Boot, as they were published, oldest first."""
    found = [
        text(0, one.title, one.body)._replace(
            author=str(one.author), written=int(one.author_date.timestamp())
        )
        for name in PUBLISHED
        for one in kvmsearch.read(str(FEEDS / f"{name}.atom"))
    ]
    return sorted(found, key=lambda one: one.written)


def repository(path: Path, commits: list[Text]) -> Path:
    """Return a repository whose HEAD has these commits, each the parent of the next."""
    git(Path(), "init", "--quiet", "--bare", "--template=", "-b", "main", str(path))
    made: list[bytes] = []
    for one in commits:
        made.append(commit(one, [commit_id(made[-1])] if made else []))
    git(path, "update-ref", "refs/heads/main", store(path, len(made), made))
    return path


def is_picture(made: str) -> bool:
    """Tell whether it is well-formed SVG."""
    return ET.fromstring(made).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - ours


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of real messages, read by all tests and written by none."""
    return repository(tmp_path_factory.mktemp("bench") / "u-boot.git", real_texts())


def test_commits_are_stored_as_git_has_them(tmp_path: Path) -> None:
    """What is stored is sound to git, and read again as title, body and trailers."""
    told = text(1, "mmu: Fix äöü", "Why.\n\nNote: this is prose\nof two lines.", "Fixes: 12 (x)")
    place = repository(tmp_path / "one.git", [told])
    git(place, "fsck", "--strict")
    (found,) = texts(place, "main")
    assert found._replace(id="") == told


def test_a_last_paragraph_of_prose_is_body(tmp_path: Path) -> None:
    """Only a last paragraph that begins with a trailer is one of trailers."""
    told = [text(0, "Add a", "One.\n\nTwo."), text(1, "Add b", "", "Link: https://example.org")]
    found = list(texts(repository(tmp_path / "two.git", told), "main", "--reverse"))
    assert [one[-3:] for one in found] == [one[-3:] for one in told]


def test_a_multiplied_history_has_no_copies(source: Path, tmp_path: Path) -> None:
    """Every round is as long as the first, and no two commits have one date or one id."""
    multiply(source, tmp_path / "big.git", 2.5)
    once, found = list(texts(source, "HEAD")), list(texts(tmp_path / "big.git", "HEAD"))
    assert len(found) == round(2.5 * len(once))
    assert len({(one.author, one.written, one.title) for one in found}) == len(found)
    git(tmp_path / "big.git", "fsck")


def test_a_multiplied_history_has_new_words(source: Path, tmp_path: Path) -> None:
    """The vocabulary grows with the text, and more slowly."""
    multiply(source, tmp_path / "big.git", 3)
    small, large = (
        len({word for one in texts(place, "HEAD") for word in one.body.split()})
        for place in (source, tmp_path / "big.git")
    )
    assert 1.3 * small < large < 3 * small


def test_a_multiplied_history_names_its_own_commits(tmp_path: Path) -> None:
    """Where a text names a commit of the history, each round names that of its own round."""
    first = text(0, "Add the lock")
    name = commit_id(commit(first, []))[:12]
    fix = text(1, "Fix the lock", "", f'Fixes: {name} ("Add the lock")')
    multiply(repository(tmp_path / "a.git", [first, fix]), tmp_path / "b.git", 2)
    second_fix, second, first_fix, begin = texts(tmp_path / "b.git", "HEAD")
    assert first_fix.trailers.split()[1] == begin.id[:12]
    assert second_fix.trailers.split()[1] == second.id[:12]


def test_a_history_made_smaller_is_the_oldest_part(source: Path, tmp_path: Path) -> None:
    """A scale below 1 keeps what was there first, unchanged."""
    multiply(source, tmp_path / "small.git", 0.1)
    found = [one.title for one in texts(tmp_path / "small.git", "HEAD", "--reverse")]
    assert found == [one.title for one in texts(source, "HEAD", "--reverse")][: len(found)]


def test_words_are_chosen_by_how_many_commits_have_them(tmp_path: Path) -> None:
    """A common word is in an eighth of all commits at most, a rare one in few, by any ending."""
    commits = real_texts()
    chosen = choose(commits)
    peer("fts5").build(tmp_path, commits, 1)
    with peer("fts5").open(tmp_path) as search:
        common, rare = (
            len(search(chosen.classes[name][0], len(commits)))
            for name in ("common word", "rare word")
        )
    assert 2 <= rare < common <= len(commits) / 8
    assert {len(each) for each in chosen.classes.values()} == {5}
    assert choose(commits) == chosen


def test_a_history_of_few_words_is_refused() -> None:
    """Where there is nothing to choose from, that is said."""
    with pytest.raises(KvmsearchError, match="too few words"):
        choose([text(0, "Add a")])


@pytest.mark.parametrize("module", MODULES)
def test_peers_find_what_is_asked(module: str, tmp_path: Path) -> None:
    """Every peer understands every kind of query, and finds what was added later too."""
    if not installed(module):
        pytest.skip(f"{module} is not installed")
    told = ["fix memory leak", "fix a leak of memory", "add memory", "add test"]
    kinds = {
        ("all", "memory", "leak"): "01",
        ("any", "leak", "test"): "013",
        ("or", "leak", "test"): "013",
        ("question", "leak", "test"): "013",
        ("prefix", "mem"): "012",
        ("phrase", "memory", "leak"): "0",
        ("not", "memory", "leak", "fix"): "",
        ("not", "add", "memory", "test"): "2",
    }
    commits = [text(number, title)._replace(id=str(number)) for number, title in enumerate(told)]
    engine = peer(module)
    engine.build(tmp_path, commits[:3], 1)
    engine.add(tmp_path, commits[3:])
    with engine.open(tmp_path) as search:
        for (kind, *words), wanted in kinds.items():
            found = search(Query(kind, tuple(words)), 10)
            assert "".join(sorted(shown[0] for shown in found)) == wanted, kind


def test_queries_as_typed() -> None:
    """The product is asked in its own language, with filters, and by arguments of its API."""
    assert written(Query("not", ("a", "b", "c"))) == ("a b NOT c", {"match": "all"})
    assert written(Query("phrase", ("a", "b"))) == ('"a b"', {"match": "all"})
    narrowed = Query("any", ("a", "b"), narrowed="author:x", how={"skip": 3})
    assert written(narrowed) == ("a b author:x", {"match": "any", "skip": 3})
    assert read(json.loads(json.dumps(narrowed.told()))) == narrowed


def test_the_cost_of_a_process_has_that_of_its_children() -> None:
    """CPU and peak memory are those of the command and all that it started."""
    child = "import time; x = b'x' * 90_000_000; time.sleep(0.5)"
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    cost = cost_of([sys.executable, "-c", command])
    assert cost.memory > 90_000_000
    assert cost.cpu > 0


def test_a_command_that_fails_is_named() -> None:
    """The error has the command and the last line that it complained."""
    with pytest.raises(KvmsearchError, match=r"git nonsense: .*nonsense"):
        cost_of(["git", "nonsense"])


def test_goals_are_held_against_medians() -> None:
    """A bound is a multiple of another engine's median or a figure; without either it is none."""
    samples = {"kvmsearch": [1.0, 9.0, 3.0], "git": [1.0], "SQLite FTS5": []}
    bounds = [within(2, "git"), within(2, "SQLite FTS5"), at_most(3), within(1, "base", [6.0])]
    made = row("query", "word", "ms", samples, bounds)
    assert made.goals == (Goal(2, "git", 3.0), Goal(3, "", 3.0), Goal(1, "base", 0.5))
    assert [goal.met for goal in made.goals] == [False, True, True]
    assert "| 3 ms (1 to 9) |" in table([made])
    assert "**3x git (at most 2x)**" in table([made])


def test_phases_measured_anew_replace_the_old_ones() -> None:
    """Other phases of the same history, and other histories, stay."""
    old_rows = [Row(phase, "old", "s", {"git": [1.0]}) for phase in ("index", "query")]
    new_rows = [Row("query", "new", "s", {"git": [1.0]})]
    old = Run("u-boot", 9, {}, {}, {"index": "then", "query": "then"}, old_rows)
    new = Run("u-boot", 9, {}, {}, {"query": "now"}, new_rows)
    other = Run("git", 1, {}, {}, {}, [])
    first, second = merged([old, other], new)
    assert first == other
    assert second.phases == {"index": "then", "query": "now"}
    assert [one.what for one in second.rows] == ["old", "new"]


def test_a_whole_run(source: Path, tmp_path: Path) -> None:
    """A phase prints a table and leaves page, picture and JSON, which the next phase joins."""
    target = tmp_path / "docs"
    folders = ["--repo", str(source), "--work", str(tmp_path / "work"), "--write", str(target)]
    options = [*folders, "--rounds", "1", "--without", "tantivy", "--without", "xapian"]
    ran = CliRunner().invoke(main, [*options, "--phase", "update"])
    assert ran.exit_code == 0, ran.output
    assert "| update, 10 new commits: written |" in ran.stdout
    ran = CliRunner().invoke(main, [*options, "--phase", "narrowed"])
    assert ran.exit_code == 0, ran.output
    (run,) = json.loads((target / "performance.json").read_text())
    assert list(dict.fromkeys(one["phase"] for one in run["rows"])) == ["narrowed", "update"]
    assert "query, sorted by date" in (target / "performance.md").read_text()
    assert is_picture((target / "performance.svg").read_text())
    assert git(source, "rev-list", "--count", "HEAD") == str(len(real_texts()))


def test_two_do_not_measure_one_history(source: Path, tmp_path: Path) -> None:
    """Whoever comes second is told so, as both would move the branch that is read."""
    with (
        opened(source, tmp_path, 1, print),
        pytest.raises(KvmsearchError, match="somebody is measuring there"),
        opened(source, tmp_path, 1, print),
    ):
        pass


def test_a_picture_of_nothing_is_one() -> None:
    """Where no row has a base, the picture is empty and well-formed."""
    assert is_picture(picture([Run("u-boot", 9, {}, {}, {}, [])]))


def test_what_is_no_repository_is_named(tmp_path: Path) -> None:
    """The error is one line that names the folder."""
    options = ["--repo", str(tmp_path), "--work", str(tmp_path / "work")]
    ran = CliRunner().invoke(main, options)
    assert ran.exit_code == 1
    assert str(tmp_path) in ran.output
    assert "Traceback" not in ran.output


def test_a_peer_is_asked_by_a_command_that_loads_little(tmp_path: Path) -> None:
    """The script that FTS5 is measured by imports no more than a user's own would."""
    peer("fts5").build(tmp_path, [text(0, "Fix the lock")._replace(id="7" * 40)], 1)
    code = "import sys; before = set(sys.modules); from bench.speed.ask import main"
    code += "; main(standalone_mode=False); print(*set(sys.modules) - before)"
    ran = subprocess.run(
        [sys.executable, "-c", code, "fts5", tmp_path, "lock"],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith("777777777777 Fix the [lock]")
    assert {"dataclasses", "subprocess", "kvmsearch"} & {*ran.stdout.split()} == set()
