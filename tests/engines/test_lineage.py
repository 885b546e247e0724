import pytest

from kvmsearch.engines.protocol import Engine, Lineage
from kvmsearch.engines.whoosh.engine import WhooshEngine
from kvmsearch.engines.whoosh.lineage import SnapshotLineage
from kvmsearch.engines.whoosh.reader.snapshot import Snapshot
from tests.engines.lineage import COMMITS, GONE, LineageContract
from tests.engines.made import fill, told_by_feed
from tests.engines.reader.built import build
from tests.tracing.history import MASTER, STABLE


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Return an index of three segments, in which a commit is deleted."""
    folder = tmp_path_factory.mktemp("snapshot")
    batches = [COMMITS[0::3], [GONE, *COMMITS[1::3]], COMMITS[2::3]]
    refs = {
        ref: {
            number: sum(1 << n for n, commit in enumerate(batch) if ref in commit.refs)
            for number, batch in enumerate(batches)
        }
        for ref in (MASTER, STABLE)
    }
    return Snapshot(folder, build(folder, batches, deleted={1: 1}, refs=refs))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return an index that several transactions wrote, in which commits were replaced."""
    engine = WhooshEngine(str(tmp_path_factory.mktemp("engine")), create=True)
    fill(engine, [GONE])
    with engine.transaction() as writing:
        writing.prune()
    for start in range(3):
        fill(engine, map(told_by_feed, COMMITS[start::3]))
        with engine.transaction() as writing:
            for commit in COMMITS[start::3]:
                writing.put(commit, commit.refs)
    return engine


class TestSnapshot(LineageContract):
    """What a snapshot tells of segments as they are."""

    @pytest.fixture
    def lineage(self, snapshot: Snapshot) -> Lineage:
        """Return the lineage of the segments."""
        return SnapshotLineage(snapshot)


class TestEngine(LineageContract):
    """What the engine tells of what was put into it."""

    @pytest.fixture
    def lineage(self, engine: Engine) -> Lineage:
        """Return the lineage of the index."""
        return engine.lineage()
