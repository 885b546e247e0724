"""What the package promises: names, signatures, types and records."""

import inspect
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

import kvmsearch
from kvmsearch import Commit, Hit, Index, KvmsearchError, Results, Snippet, errors, query
from kvmsearch.record import Record

SAMPLE = Path(__file__).parent / "data" / "feeds" / "kvm-virt.atom"

NAMES = (
    "Author Commit Committer Completeness Explanation Hit Index KvmsearchError MissingFix "
    "MissingFixes Outcome Part Person Progress Ref Related Relation Results Snippet SourceSpec "
    "SourceStatus Trailer default_location open query read"
).split()

NODES = (
    "And Author Committer Dated Everything Fuzzy Id Named Near Node Not On Or Person Phrase Prefix "
    "Regex Subsystem Trailer Word Words parse_query"
).split()


def parameters(function: Callable[..., object]) -> str:
    """Return a function's parameters with their defaults, without types and self."""
    signature = inspect.signature(function)
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def test_exported_names() -> None:
    """`kvmsearch` and `kvmsearch.query` export these names; each is there and listed by dir()."""
    assert sorted(kvmsearch.__all__) == sorted(NAMES)
    assert sorted(query.__all__) == sorted(NODES)
    assert dir(kvmsearch) == sorted(NAMES)
    assert all(hasattr(kvmsearch, name) for name in NAMES)
    assert all(hasattr(query, name) for name in NODES)


def test_a_name_that_is_not_there() -> None:
    """A name that the package does not have is an AttributeError that tells it."""
    with pytest.raises(AttributeError, match="module 'kvmsearch' has no attribute 'serach'"):
        getattr(kvmsearch, "serach")  # noqa: B009 - type checkers know that it is not there


def test_exported_things_have_docstrings() -> None:
    """Everything exported says what it is, and so does every public method of an index."""
    things = [getattr(kvmsearch, name) for name in NAMES]
    things += [getattr(query, name) for name in NODES]
    things += [member for name, member in vars(Index).items() if not name.startswith("_")]
    assert [thing for thing in things if not inspect.getdoc(thing)] == []


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (kvmsearch.open, "(location, *, create=False)"),
        (kvmsearch.default_location, "(explicit=None)"),
        (kvmsearch.read, "(location, *, branches=(), paths=(), merges=True)"),
        (Index.add, "(commits)"),
        (
            Index.search,
            (
                "(query, limit=10, skip=0, *, match='auto', sort='relevance', group=True, "
                "explain=False)"
            ),
        ),
        (Index.get, "(commit_id)"),
        (Index.related, "(commit_id)"),
        (Index.missing, "(in_branch, from_branch=None)"),
        (Index.parse, "(text)"),
        (Index.register, "(spec)"),
        (Index.update, "(*names, progress=None, jobs=None)"),
        (Index.sources, "()"),
        (Index.remove, "(name)"),
        (Index.prune, "()"),
        (Index.reindex, "(progress=None, jobs=None)"),
        (Index.close, "()"),
        (query.Author, "(text)"),
        (query.Committer, "(text)"),
        (query.parse_query, "(text, *, trailer_keys=frozenset(), now=None)"),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_signatures(function: Callable[..., object], expected: str) -> None:
    """Scripts rely on these parameters and defaults."""
    assert parameters(function) == expected


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (
            Commit,
            "id message author author_date committer committer_date parents url completeness refs",
        ),
        (Hit, "commit score title_matches snippets copies explanation"),
        (kvmsearch.Explanation, "parts"),
        (kvmsearch.Part, "label gain details"),
        (Results, "query total total_commits with_all_words suggestion hits understood"),
        (Snippet, "field text matches"),
        (kvmsearch.Person, "name email"),
        (kvmsearch.Ref, "source branch"),
        (kvmsearch.Trailer, "key value"),
        (kvmsearch.Outcome, "source new updated unchanged error"),
        (kvmsearch.Progress, "source done count"),
        (kvmsearch.SourceSpec, "name location branches paths merges"),
        (kvmsearch.SourceStatus, "spec refs commits newest last_update last_error"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_records(record: type, fields: str) -> None:
    """Records are frozen and have these fields."""
    assert issubclass(record, Record)
    assert list(record.__match_args__) == fields.split()


def test_derived_fields_of_a_commit() -> None:
    """Title, body, trailers and date of a commit are derived from what it says."""
    for name in ("title", "body", "trailers", "date"):
        assert isinstance(inspect.getattr_static(Commit, name), property)


def test_errors_are_one_tree() -> None:
    """Every error of the package can be caught as KvmsearchError, and is drawn in the docstring."""
    classes = [thing for thing in vars(errors).values() if inspect.isclass(thing)]
    ours = [one for one in classes if one.__module__ == errors.__name__]
    assert len(ours) > 5
    assert all(issubclass(one, KvmsearchError) for one in ours)
    assert {*re.findall(r"\w+Error", errors.__doc__ or "")} == {one.__name__ for one in ours}


def test_types_are_for_users_too() -> None:
    """The package is marked as typed, so that type checkers use its hints."""
    assert resources.files(kvmsearch).joinpath("py.typed").is_file()


def test_the_example_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example in the package's docstring runs as it stands."""
    monkeypatch.chdir(tmp_path)
    with kvmsearch.open("index", create=True) as index:
        index.register(kvmsearch.SourceSpec("kvm", str(SAMPLE)))
        index.update()
    lines = (kvmsearch.__doc__ or "").splitlines()
    example = "\n".join(line[4:] for line in lines if line.startswith("    "))
    exec(example, {})  # noqa: S102 - it is our own
    assert capsys.readouterr().out.startswith("2a62345b3052 KVM: guest_memfd: GUP source pages")
