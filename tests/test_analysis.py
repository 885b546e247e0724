import pytest

from kvmsearch.analysis import (
    LONGEST_TERM,
    STOP_WORDS,
    Token,
    fold,
    is_code,
    is_stop_word,
    sieve,
    terms,
    tokenize,
)


def written(text: str) -> str:
    """Return the terms of a text, each over the positions that it covers: `abba@0-1 ab@0 ba@1`."""
    return " ".join(
        f"{token.term}@{token.position}"
        + (f"-{token.position + token.width - 1}" if token.width > 1 else "")
        for token in tokenize(text)
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ""),
        ("... --- ___ () \n", ""),
        ("Fixes the deadlocks", "fix@0 the@1 deadlock@2"),
        ("AB-BA deadlock", "abba@0-1 ab@0 ba@1 deadlock@2"),
        ("ABBA deadlock", "abba@0 deadlock@1"),
        ("non-leaf", "nonleaf@0-1 non@0 leaf@1"),
        ("use-after-free", "useafterfre@0-2 use@0 after@1 free@2"),
        ("slots_lock", "slotslock@0-1 slot@0 lock@1"),
        ("_leading__and_", "leadingand@0-1 lead@0 and@1"),
        ("vcpu->mutex", "vcpumutex@0-1 vcpu@0 mutex@1"),
        ("KVM::run", "kvmrun@0-1 kvm@0 run@1"),
        ("guestMemfd", "guestmemfd@0-1 guest@0 memfd@1"),
        ("KVMGuest", "kvmguest@0-1 kvm@0 guest@1"),
        ("CPUs VMs", "cpus@0 vms@1"),
        ("vCPU", "vcpu@0-1 v@0 cpu@1"),
        ("6.6-rc1", "66rc1@0-2 6rc1@1-2 6@0 6@1 rc1@2"),
        ("kvm-arm64", "kvmarm64@0-1 kvm@0 arm64@1"),
        ("a@b.org", "aborg@0-2 a@0 b@1 org@2"),
        (
            "virt/guest_memfd.c",
            "virtguestmemfdc@0-3 guestmemfd@1-2 virt@0 guest@1 memfd@2 c@3",
        ),
        ("guest_memfd-like", "guestmemfdlik@0-2 guestmemfd@0-1 guest@0 memfd@1 like@2"),
        ("0x1f 3e8b", "0x1f@0 3e8b@1"),
        ("Café NAÏVE ﬁx Straße", "cafe@0 naiv@1 fix@2 strass@3"),
        ("ÅNGSTRÖM Łódź", "angstrom@0 łodz@1"),
        ("修复 ошибка", "修复@0 ошибка@1"),
        ("x²", "x2@0"),
        ("a--b a->->b", "a@0 b@1 a@2 b@3"),
        ("\x00nul\x1b[31mred", "nul@0 31mred@1"),
    ],
)
def test_terms(text: str, found: str) -> None:
    """Runs give their parts one position each, and wholes that bridge hyphens and the like."""
    assert written(text) == found


def test_offsets() -> None:
    """A token tells where it stands in the text; a whole from its first part to its last."""
    text = "fix: AB-BA (vcpu->mutex)"
    stands = {token.term: text[token.start : token.end] for token in tokenize(text)}
    assert stands == {
        "fix": "fix",
        "abba": "AB-BA",
        "ab": "AB",
        "ba": "BA",
        "vcpumutex": "vcpu->mutex",
        "vcpu": "vcpu",
        "mutex": "mutex",
    }


def test_longest() -> None:
    """A giant part is cut to the longest term; a whole too long for one is left out."""
    letters = "ab1" * LONGEST_TERM
    assert list(tokenize(letters)) == [Token(letters[:LONGEST_TERM], 0, len(letters), 0, 1)]
    half = "x1" * (LONGEST_TERM // 4)
    assert [token.width for token in tokenize(f"{half}-{half}")] == [2, 1, 1]
    assert [token.width for token in tokenize(f"{half}-{half}1")] == [1, 1]
    many = "-".join("abcdefghij" * 10)
    assert [token.width for token in tokenize(many)] == [1] * 100


@pytest.mark.parametrize(
    "spellings",
    [
        "AB-BA ABBA ab_ba abBa Ab/BA",
        "use-after-free USE_AFTER_FREE useAfterFree use->after::free",
        "nonleaf non-leaf NonLeaf non_leaf",
        "guest_memfd guestmemfd guest-memfd guestMemfd",
        "deadlock deadlocks deadlocked DEADLOCKING",
        "populate populates populated populating",
        "cafe café CAFÉ cafe\u0301",
    ],
)
def test_spellings_meet(spellings: str) -> None:
    """Spellings of one word share a term that covers all of it."""
    covering = [
        {token.term for token in tokenize(word) if (token.start, token.end) == (0, len(word))}
        for word in spellings.replace("e\u0301", "é").split()
    ]
    assert set.intersection(*covering)


def test_kept_alone() -> None:
    """Who asks for some terms gets those, where they stand in the whole text."""
    text = "AB-BA and ab again"
    kept = list(sieve({"ab", "again"}.__contains__)(text))
    assert kept == [token for token in tokenize(text) if token.term in ("ab", "again")]
    assert [token.position for token in kept] == [0, 3, 4]


def test_terms_alone() -> None:
    """Terms come without their places as well, in the same order."""
    assert list(terms("AB-BA lock")) == ["abba", "ab", "ba", "lock"]
    assert list(terms("--")) == []


def test_code() -> None:
    """What has more than letters looks like code; brackets and stops around a word do not count."""
    code = ("-l", "--all", "foo()", "foo_bar", "v2.1", "(mm/slab)", "vcpu->mutex", "x86", "foo(),")
    assert all(map(is_code, code))
    plain = (
        "lock",
        "(lock),",
        '"Locks"',
        "don't",
        "don\u2019t",
        "use-after-free",
        "\u00e9t\u00e9.",
    )
    assert not any(map(is_code, plain))


def test_stop_words() -> None:
    """Stop words are known as typed, in any case; words that kernel people search for are none."""
    assert is_stop_word("The")
    assert not STOP_WORDS & set(
        "off over under lock vm kvm use free out same new not-a-word".split()
    )
    assert not any(map(is_stop_word, ("", "the-", "lock")))
    assert all(word == word.lower() for word in STOP_WORDS)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ABC", "abc"),
        ("É", "e"),
        ("ß", "ss"),
        ("ﬃ", "ffi"),
        ("İ", "i"),
        ("①", "1"),
        ("\u0301", "\u0301"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    """Folding is by code points alone, and never gives nothing for something."""
    assert fold(text) == folded


def test_accents_of_their_own() -> None:
    """A letter and its accent as two characters are one letter, to the terms and to offsets."""
    text = "re\u0301sume\u0301 of cafe\u0301_x"
    tokens = list(tokenize(text))
    assert [token.term for token in tokens] == ["resum", "of", "cafex", "cafe", "x"]
    assert text[tokens[0].start : tokens[0].end] == "re\u0301sume\u0301"
    assert [token.term for token in tokenize("r\u00e9sum\u00e9")] == ["resum"]
