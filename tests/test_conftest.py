"""The rules that hold for every test, tried on tests of their own in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.project_tree import ROOT

TIMEOUT_S: Final = 60


def _pytest(folder: Path, tests: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """pytest, with the project's rules as a plugin, over a file of `tests` outside the project."""
    file = folder / "test_guest.py"
    file.write_text("import pytest\n\n\n" + tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest"]
    return subprocess.run(
        [*command, "-c", str(ROOT / "setup.cfg"), "--rootdir", str(folder), *arguments, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_a_skip_for_lack_of_something_fails_where_everything_is_set_up(tmp_path: Path) -> None:
    lacking = "def test_models():\n    pytest.skip('no bundle')\n"
    assert _pytest(tmp_path, lacking).returncode == 0
    said = _pytest(tmp_path, lacking, "--complete")
    assert said.returncode == 1
    assert "skipped although everything is set up: no bundle" in said.stdout


def test_a_skip_that_is_meant_stays_one(tmp_path: Path) -> None:
    meant = (
        "@pytest.mark.shared_data\ndef test_people():\n    pytest.skip('no data')\n\n\n"
        "@pytest.mark.skipif(True, reason='on a Pi only')\ndef test_pi():\n    raise AssertionError\n"
    )
    said = _pytest(tmp_path, meant, "--complete")
    assert said.returncode == 0
    assert "2 skipped" in said.stdout


def test_a_fault_without_a_row_stops_everything(tmp_path: Path) -> None:
    said = _pytest(tmp_path, "@pytest.mark.fault(4711)\ndef test_it():\n    pass\n")
    assert said.returncode == 4
    assert "no such row in faults.md: test_guest.py::test_it: fault 4711" in said.stderr


def test_examples_are_the_same_every_time(tmp_path: Path) -> None:
    drawing = (
        "from hypothesis import given, strategies as st\n\n\n"
        "@given(number=st.integers())\ndef test_draw(number):\n"
        f"    with open({str(tmp_path / 'drawn')!r}, 'a') as file:\n        print(number, file=file)\n"
    )
    drawn = []
    for _ in range(2):
        assert _pytest(tmp_path, drawing).returncode == 0
        drawn.append((tmp_path / "drawn").read_text())
        (tmp_path / "drawn").unlink()
    assert drawn[0] == drawn[1]
    assert len(drawn[0].splitlines()) > 50
