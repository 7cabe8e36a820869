"""Downloads: once, verified, only what is wanted of them kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.build.originals import Originals
from models.build.pip_index import Index
from models.build.progress import Progress
from models.build.recipe import Package
from models.errors import BuildError
from tests.models.build.packages import MemoryIndex, original, package, source, wheel

WEIGHTS = np.random.default_rng(1).bytes(30_000)
OTHER = np.random.default_rng(2).bytes(20_000)
WHEEL = wheel({"sample/models/a.tflite": WEIGHTS, "sample/models/b.tflite": OTHER, "sample/__init__.py": b"boom"})
SOURCE = source({"sample-1.0/setup.py": b"boom", "sample-1.0/forbidden.dat": OTHER, "sample-1.0/net.dat": WEIGHTS})
IN_WHEEL = package("sample-1.0-py3-none-any.whl", WHEEL)
IN_SOURCE = package("sample-1.0.tar.gz", SOURCE)
FILES = {IN_WHEEL.file_name: WHEEL, IN_SOURCE.file_name: SOURCE}
A = original(IN_WHEEL, "sample/models/a.tflite", WEIGHTS)
B = original(IN_WHEEL, "sample/models/b.tflite", OTHER)
NET = original(IN_SOURCE, "sample-1.0/net.dat", WEIGHTS)


def collector(folder: Path, index: Index) -> Originals:
    return Originals(folder, index, Progress(io.StringIO()))


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_everything_is_fetched_once_and_only_what_is_wanted_stays(tmp_path: Path) -> None:
    index = MemoryIndex(FILES)
    wanted = collector(tmp_path, index).collect([A, NET, B, A])
    assert wanted == {A: WEIGHTS, B: OTHER, NET: WEIGHTS}
    assert index.asked == [IN_WHEEL.file_name, IN_SOURCE.file_name]
    assert names_in(tmp_path) == {"originals/a.tflite", "originals/b.tflite", "originals/net.dat"}
    assert collector(tmp_path, MemoryIndex({})).collect([NET, B, A]) == wanted


def test_a_package_that_somebody_brought_is_used(tmp_path: Path) -> None:
    (tmp_path / IN_SOURCE.file_name).write_bytes(SOURCE)
    assert collector(tmp_path, MemoryIndex({})).collect([NET]) == {NET: WEIGHTS}


def test_what_was_damaged_on_the_disk_is_fetched_again(tmp_path: Path) -> None:
    collector(tmp_path, MemoryIndex(FILES)).collect([A, NET])
    (tmp_path / "originals" / "net.dat").write_bytes(WEIGHTS[:-1])
    (tmp_path / IN_SOURCE.file_name).write_bytes(SOURCE[:-1])
    index = MemoryIndex(FILES)
    assert collector(tmp_path, index).collect([A, NET]) == {A: WEIGHTS, NET: WEIGHTS}
    assert index.asked == [IN_SOURCE.file_name]


@pytest.mark.fault(49)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SOURCE[:-1] + bytes([SOURCE[-1] ^ 1]), "is not the published file: its SHA-256"),
        (SOURCE + b"\0", "is not the published file"),
        (SOURCE[:25_000], "ended after 0.0 of 0.1 MB"),
        (b"", "ended after"),
    ],
    ids=["changed", "longer", "shorter", "empty"],
)
def test_another_file_than_the_pinned_is_refused_and_not_kept(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(BuildError, match=words) as refusal:
        collector(tmp_path, MemoryIndex({IN_SOURCE.file_name: content})).collect([NET])
    assert "yourself" in str(refusal.value)
    assert names_in(tmp_path) == set()


def test_an_endless_answer_is_cut_off(tmp_path: Path) -> None:
    class Endless:
        given = 0

        def chunks(self, package: Package) -> Iterator[bytes]:
            while True:
                self.given += 1
                yield bytes(1000)

    index = Endless()
    with pytest.raises(BuildError, match="not the published file"):
        collector(tmp_path, index).fetch(IN_WHEEL)
    assert index.given <= IN_WHEEL.size_bytes // 1000 + 1


def test_a_member_that_is_missing_or_another_is_refused(tmp_path: Path) -> None:
    for wrong, words in (
        (replace(NET, member="sample-1.0/gone.dat"), "has no file"),
        (replace(A, member="sample/gone.tflite"), "cannot be unpacked"),
        (replace(NET, sha256="0" * 64), "another SHA-256"),
    ):
        with pytest.raises(BuildError, match=words):
            collector(tmp_path, MemoryIndex(FILES)).collect([wrong])


@pytest.mark.parametrize("file_name", ["sample-1.0.tar.gz", "sample-1.0-py3-none-any.whl"])
def test_what_is_no_archive_is_refused(tmp_path: Path, file_name: str) -> None:
    for content in (b"<html>proxy login</html>", SOURCE[:200], WHEEL[:200]):
        one = package(file_name, content)
        with pytest.raises(BuildError, match=r"cannot be unpacked|has no file"):
            collector(tmp_path, MemoryIndex({file_name: content})).collect([original(one, "a", b"")])


def test_progress_is_told_in_size_and_percent(tmp_path: Path) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    log, screen = io.StringIO(), Screen()
    for folder, stream in (("log", log), ("screen", screen)):
        Originals(tmp_path / folder, MemoryIndex(FILES), Progress(stream)).fetch(IN_WHEEL)
    lines = log.getvalue().splitlines()
    assert lines[0] == "  countersign-sample 1.0: 0.0 of 0.1 MB (0 %)"
    assert lines[-1] == "  countersign-sample 1.0: 0.1 of 0.1 MB (100 %)"
    assert len(lines) == 5
    assert screen.getvalue().count("\r") > 20
    assert screen.getvalue().endswith("(100 %)\n")
