import itertools
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kvmsearch.commit import Commit
from kvmsearch.errors import SourceError
from kvmsearch.sources import RefUpdate
from tests.sources.repositories import Follower, Repository, merged


def test_configuration_changes_nothing(repository: Repository, tmp_path: Path) -> None:
    """What a repository configures runs no program and changes nothing that is read."""
    merged(repository)
    before = Follower(repository.path).told()
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "pager.log", "gpg.program", "core.sshCommand"):
        repository.git("config", key, str(trap))
    for setting in (
        *("log.showSignature=true", "log.follow=true", "log.date=relative", "log.mailmap=true"),
        *("color.ui=always", "log.decorate=full", "format.pretty=oneline", "log.showRoot=true"),
        *("i18n.logOutputEncoding=ISO-8859-1", "format.notes=*", "log.diffMerges=m"),
    ):
        repository.git("config", *setting.split("="))
    repository.git("notes", "add", "-m", "Note")
    assert Follower(repository.path).told() == before
    assert len(Follower(repository.path, paths=("virt",)).told().commits) == 1
    assert not (tmp_path / "sprung").exists()


def test_environment_changes_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables that hooks and aliases set do not point git at another repository."""
    head = repository.commit()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", "elsewhere")
    monkeypatch.setenv("GIT_TRACE", "1")
    assert Follower(repository.path).told().state == head


def test_no_repository(tmp_path: Path) -> None:
    """A folder that is in no repository, and one that is not there, are named as such."""
    with pytest.raises(SourceError) as caught:
        Follower(tmp_path).update()
    assert str(caught.value) == f"{tmp_path}: not a git repository"
    with pytest.raises(SourceError) as caught:
        Follower(tmp_path / "none").update()
    assert str(caught.value) == f"{tmp_path}/none: No such file or directory"
    with pytest.raises(SourceError, match="embedded null byte"):
        Follower(Path(f"{tmp_path}/a\0b")).update()


def test_missing_git(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git on PATH the error says what to install."""
    monkeypatch.setenv("PATH", str(repository.path))
    with pytest.raises(SourceError, match="needs git, which is not on PATH; install it"):
        Follower(repository.path).update()


@pytest.fixture
def replace_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a shell script in git's place, in which $GIT is the real one."""
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()

    def replace(script: str) -> None:
        place = tmp_path / "bin" / "git"
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\nGIT={real}\n{script}\n")
        place.chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", str(place.parent), prepend=os.pathsep)

    return replace


def test_repository_of_another_user(
    repository: Repository, replace_git: Callable[[str], None]
) -> None:
    """A repository that git does not trust is refused with the command that trusts it."""
    repository.commit()
    replace_git('export GIT_TEST_ASSUME_DIFFERENT_OWNER=1\nexec $GIT "$@"')
    with pytest.raises(SourceError) as caught:
        Follower(repository.path).update()
    trust = f"git config --global --add safe.directory {repository.path}"
    assert f"belongs to another user; if you trust it, run: {trust}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_killed_git(repository: Repository, replace_git: Callable[[str], None]) -> None:
    """A git that dies midway is an error after what it told, not an end."""
    repository.commit()
    replace_git('case "$*" in *" log "*) $GIT "$@"; kill -9 $$;; esac\nexec $GIT "$@"')
    (update,) = Follower(repository.path).source.read({})
    assert isinstance(update, RefUpdate)
    commits = iter(update.commits)
    assert isinstance(next(commits), Commit)
    with pytest.raises(SourceError, match="git was killed by signal 9"):
        next(commits)


def test_noisy_git(repository: Repository, replace_git: Callable[[str], None]) -> None:
    """However much git complains, its last words are one short line without escapes."""
    repository.commit()
    noise = "yes warning | head -c 3000000 >&2; printf 'fatal: \\033[31mbroken\\n' >&2; exit 128"
    replace_git(noise)
    with pytest.raises(SourceError) as caught:
        Follower(repository.path).update()
    assert (
        str(caught.value) == f"{repository.path}: git failed: \N{REPLACEMENT CHARACTER}[31mbroken"
    )


def test_corrupt_repository(repository: Repository) -> None:
    """A history with a commit missing is an error in git's own last words."""
    lost, head = repository.commit(), repository.commit()
    (repository.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(SourceError, match=rf"^{repository.path}: git failed: .*{head}"):
        Follower(repository.path).update()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return what fills with the processes that are started."""
    processes: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[call-overload]
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return processes


def test_closed_early(repository: Repository, started: list[subprocess.Popen[bytes]]) -> None:
    """A reader that stops leaves no git process behind."""
    people = "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
    script = "".join(
        f"commit refs/heads/master\n{people}data 8000\n{'x' * 8000}\n" for _ in range(500)
    )
    repository.git("fast-import", "--quiet", stdin=script.encode())
    changes = Follower(repository.path).source.read({})
    update = next(changes)
    assert isinstance(update, RefUpdate)
    commits: Iterator[Commit] = iter(update.commits)
    assert len(list(itertools.islice(commits, 3))) == 3
    assert started[-1].returncode is None
    del commits, update, changes
    assert all(process.returncode is not None for process in started)


def test_history_is_a_stream(repository: Repository) -> None:
    """Nothing is read of a ref before it is asked for."""
    repository.commit()
    (update,) = Follower(repository.path).source.read({})
    assert isinstance(update, RefUpdate)
    assert not isinstance(update.commits, list | tuple)
    assert update.left == ()


def test_counting_ends_with_the_update(
    repository: Repository, started: list[subprocess.Popen[bytes]]
) -> None:
    """Commits are counted when somebody asks, and no longer than there is somebody to ask."""
    merged(repository)
    update = next(Follower(repository.path).source.read({}))
    assert isinstance(update, RefUpdate)
    assert update.count
    before = len(started)
    while update.count() is None:
        assert len(started) == before + 1
    again = next(Follower(repository.path).source.read({}))
    assert isinstance(again, RefUpdate)
    assert again.count
    again.count()
    del again
    assert all(process.returncode is not None for process in started)
