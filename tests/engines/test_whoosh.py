from collections.abc import Iterator
from pathlib import Path

import pytest

from kvmsearch.engines import Engine, open_engine
from tests.engines import contract, queries
from tests.engines.made import Opener


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Open indexes in folders of a new one; close them in the end."""
    engines: list[Engine] = []

    def opener(name: str) -> Engine:
        engines.append(open_engine(str(tmp_path / name), create=True))
        return engines[-1]

    yield opener
    for engine in engines:
        engine.close()


class TestStoring(contract.StoringContract):
    """Runs the contract."""


class TestMembership(contract.MembershipContract):
    """Runs the contract."""


class TestTransaction(contract.TransactionContract):
    """Runs the contract."""


class TestDivision(contract.DivisionContract):
    """Runs the contract."""


class TestQuery(queries.QueryContract):
    """Runs the contract."""


class TestRanking(queries.RankingContract):
    """Runs the contract."""
