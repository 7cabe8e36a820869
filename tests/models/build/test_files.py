"""Files that are there whole or not at all, whatever happens to the build."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.build.files import alone, arriving, holds
from models.errors import BuildError

ROOT = Path(__file__).resolve().parents[3]
HALF_WRITTEN = """
import sys, time
from pathlib import Path
from models.build.files import alone, arriving
with alone(Path(sys.argv[1])), arriving(Path(sys.argv[1]) / "file") as stream:
    stream.write(b"half")
    stream.flush()
    print("here", flush=True)
    sys.stdin.read()
"""


def half_a_file() -> Iterator[bytes]:
    yield b"half"
    raise BuildError("the connection broke")


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_file_is_there_whole_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with arriving(path) as stream:
        stream.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert names_in(path.parent) == ["file"]


def test_a_block_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with pytest.raises(BuildError, match="broke"), arriving(path) as stream:
        stream.writelines(half_a_file())
    assert path.read_bytes() == b"before"
    assert names_in(tmp_path) == ["file"]


def test_a_killed_build_leaves_nothing_half_and_the_next_waits_for_no_one(tmp_path: Path) -> None:
    build = subprocess.Popen(
        [sys.executable, "-c", HALF_WRITTEN, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert build.stdout is not None
    assert build.stdout.readline() == b"here\n"
    build.kill()
    build.communicate()
    assert not (tmp_path / "file").exists()
    with alone(tmp_path), arriving(tmp_path / "file") as stream:
        stream.write(b"whole")
    assert (tmp_path / "file").read_bytes() == b"whole"
    assert not (tmp_path / "file.part").exists()


def test_two_builds_take_turns(tmp_path: Path) -> None:
    turns: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with alone(tmp_path):
            turns.append("second")

    other = threading.Thread(target=second)
    with alone(tmp_path):
        other.start()
        assert entered.wait(30)
        other.join(0.2)  # it may not get in, however long it is given
        turns.append("first")
    other.join(30)
    assert turns == ["first", "second"]


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    (tmp_path / "file.part").symlink_to("/dev/full")
    words = r"the disk is full: make room in .* \(a build needs up to 200 MB\)"
    with pytest.raises(BuildError, match=words), arriving(tmp_path / "file") as stream:
        stream.write(b"x" * 100_000)
    assert not (tmp_path / "file").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file" / "below", tmp_path):
        with pytest.raises(BuildError, match="cannot be written"), arriving(place):
            pass
    with pytest.raises(BuildError, match="cannot be written"), alone(tmp_path / "file"):
        pass


def test_a_file_is_known_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    assert holds(path, hashlib.sha256(b"content").hexdigest())
    assert not holds(path, "0" * 64)
    assert not holds(tmp_path / "none", "0" * 64)
    with pytest.raises(BuildError, match="cannot be read"):
        holds(tmp_path, "0" * 64)
