import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.commit import Person
from kvmsearch.hits import Explanation, Part
from kvmsearch.output import FORMATS, printer_of
from kvmsearch.output.machine import IdPrinter, JsonLinesPrinter, JsonPrinter
from kvmsearch.record import replace
from tests.output.commits import ABBA, GMEM_MERGE, GUP, hit_on, page

PAGE = page(ABBA, hit_on(GMEM_MERGE), total=12, suggestion="deadlocks")


def parsed(lines: list[str]) -> dict[str, Any]:
    """Return the object of JSON output."""
    value: dict[str, Any] = json.loads("\n".join(lines))
    return value


def test_page_keys() -> None:
    """The names in a page are fixed: they are a contract."""
    value = parsed([*JsonPrinter().results(PAGE, 1)])
    hits = value.pop("hits")
    assert value == {
        "schema_version": 1,
        "query": "ABBA deadlock",
        "understood": [],
        "total": 12,
        "total_commits": 12,
        "with_all_words": 1,
        "suggestion": "deadlocks",
    }
    assert [hit["id"] for hit in hits] == [GUP.id, GMEM_MERGE.id]


def test_hit_keys() -> None:
    """A hit is the commit's fields, and why it was found."""
    hit = parsed([*JsonPrinter().results(PAGE, 1)])["hits"][0]
    assert hit.pop("trailers")[-1] == {
        "key": "Signed-off-by",
        "value": "Sean Christopherson <seanjc@google.com>",
    }
    assert hit == {
        "id": "2a62345b30529e488beb6a1220577b3495933724",
        "title": "KVM: guest_memfd: GUP source pages prior to populating guest memory",
        "body": GUP.body,
        "message": GUP.message,
        "author": {"name": "Michael Roth", "email": "michael.roth@amd.com"},
        "committer": None,
        "author_date": "2026-01-08T21:46:22+00:00",
        "committer_date": "2026-01-15T20:31:17+00:00",
        "parents": None,
        "refs": [{"source": "kvm", "branch": "next"}],
        "url": GUP.url,
        "score": 1.5,
        "title_matches": [[5, 10]],
        "copies": [
            {
                "id": "c0ffee5b30529e488beb6a1220577b3495933724",
                "refs": [{"source": "stable", "branch": "linux-7.0.y"}],
            }
        ],
        "snippets": [
            {
                "field": "body",
                "text": ABBA.snippets[0].text,
                "matches": [[61, 65]],
            }
        ],
        "explanation": None,
    }


def test_explanation() -> None:
    """Each part of an explanation is an object."""
    explanation = Explanation((Part("deadlock", 5.2, (("commits", 7), ("in", "title"))),))
    [line] = JsonLinesPrinter().results(page(replace(ABBA, explanation=explanation)), 1)
    assert json.loads(line)["explanation"] == [
        {"label": "deadlock", "gain": 5.2, "details": {"commits": 7, "in": "title"}}
    ]


def test_offsets_are_code_points() -> None:
    """A program that counts code points cuts the match out of the text."""
    hit = hit_on(GUP, ("👩‍💻 Krčmář: ABBA deadlock", "ABBA"))
    [snippet] = parsed([*JsonPrinter().results(page(hit), 1)])["hits"][0]["snippets"]
    [[start, end]] = snippet["matches"]
    assert snippet["text"][start:end] == "ABBA"


def test_known_committer_and_parents() -> None:
    """What a repository knows is there; no parents at all is a root commit, not unknown."""
    commit = replace(GUP, committer=Person("Sean", "seanjc@google.com"), parents=())
    value = parsed([*JsonPrinter().commit(commit)])
    assert value["committer"] == {"name": "Sean", "email": "seanjc@google.com"}
    assert value["parents"] == []
    assert value["schema_version"] == 1


def test_formats_agree() -> None:
    """Each format tells the same hits in the same order."""
    whole = parsed([*JsonPrinter().results(PAGE, 1)])["hits"]
    assert [json.loads(line) for line in JsonLinesPrinter().results(PAGE, 1)] == whole
    assert [*IdPrinter().results(PAGE, 1)] == [hit["id"] for hit in whole]


@given(st.text(st.characters()))
def test_any_text_survives(text: str) -> None:
    """Any message, lone surrogates too, is printable ASCII on one line and comes back unchanged."""
    [line] = JsonLinesPrinter().commit(replace(GUP, message=text))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == text


def test_every_format_prints_commits_and_pages() -> None:
    """Every format has both, and each tells the id."""
    for printer in map(printer_of, FORMATS):
        assert GUP.id in "\n".join(printer.commit(GUP))
        assert GUP.id[:12] in "\n".join(printer.results(PAGE, 1))
