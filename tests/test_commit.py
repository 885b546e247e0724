from datetime import UTC, datetime

import pytest

from kvmsearch.commit import Commit, Person


def entitled(title: str) -> Commit:
    """Return a commit with this title."""
    day = datetime(2026, 3, 1, tzinfo=UTC)
    return Commit("1" * 40, f"{title}\n\nBody: x.\n", Person("Ann", "ann@example.org"), day)


@pytest.mark.parametrize(
    ("title", "subsystem"),
    [
        ("KVM: x86/mmu: Fix a lock", "KVM: x86/mmu"),
        ("x86/mmu: Fix KVM: a lock", "x86/mmu: Fix KVM"),
        ("Fix a lock", ""),
        ("Fix what goes wrong here: a lock", ""),
        ("ARM: dts: stm32mp: Add foo: bar baz qux quux: x", "ARM: dts: stm32mp: Add foo"),
        ("BACKPORT: FROMLIST: KVM: Fix a lock", "KVM"),
        ("[PATCH v2 1/6] KVM: Fix a lock", "KVM"),
        ('Revert "KVM: arm64: Fix a lock"', "KVM: arm64"),
        ("setup.c:verify(): don't die", "setup.c:verify()"),
        ("KVM:fix", ""),
        ("KVM:", ""),
        (": x", ""),
        ("a" * 100_000 + " :", ""),
        ("a: " * 1_000 + "x", "a: " * 999 + "a"),
    ],
)
def test_subsystem(title: str, subsystem: str) -> None:
    """The subsystem is what stands before the subject's last colon, as long as it is short."""
    assert entitled(title).subsystem == subsystem
