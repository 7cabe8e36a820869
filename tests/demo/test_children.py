"""Whatever ends the demo ends what it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.children import Child, Children, children_in
from demo.errors import DemoError

PATIENCE_S = 30.0
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]
PARENT = """
import sys, time
from pathlib import Path
from demo.children import children_in
with children_in(Path(sys.argv[1])) as children:
    child = children.start("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"])
    print(child.process.pid, flush=True)
    time.sleep(600)
"""


def is_gone(pid: int) -> bool:
    """Whether there is no such process, or only what nobody has asked about yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_gone(pid):
        assert time.monotonic() < deadline, f"{pid} still runs"
        time.sleep(0.02)


@contextmanager
def parent(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that has a child of its own by this module; and the child's number."""
    process = subprocess.Popen([sys.executable, "-c", PARENT, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_leaving_ends_all_last_first(tmp_path: Path) -> None:
    with children_in(tmp_path) as children:
        pids = [children.start(name, SLEEPER).process.pid for name in ("one", "two")]
        assert not any(is_gone(pid) for pid in pids)
    assert all(is_gone(pid) for pid in pids)


def test_an_error_ends_all(tmp_path: Path) -> None:
    pid = 0

    def fails() -> None:
        nonlocal pid
        with children_in(tmp_path) as children:
            pid = children.start("one", SLEEPER).process.pid
            raise DemoError("the scene fell through")

    with pytest.raises(DemoError, match="fell through"):
        fails()
    assert is_gone(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_the_demo_ends_all(tmp_path: Path, number: signal.Signals) -> None:
    with parent(tmp_path) as (process, pid):
        os.kill(process.pid, number)
        process.wait(PATIENCE_S)
        wait_until_gone(pid)


def test_who_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.children.STOP_TIMEOUT_S", 0.2)
    children = Children(tmp_path)
    child = children.start("stubborn", STUBBORN)
    deadline = time.monotonic() + PATIENCE_S
    while child.lines() != ["deaf"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    children.stop(child)
    assert child.process.returncode == -signal.SIGKILL


def test_who_talks_is_asked_by_the_end_of_its_input(tmp_path: Path) -> None:
    children = Children(tmp_path)
    child = children.start("listener", [sys.executable, "-c", "import sys; sys.stdin.read()"], talks=True)
    children.stop(child)
    assert child.process.returncode == 0


def failed_child(folder: Path) -> Child:
    child = Children(folder).start("broken", [sys.executable, "-c", "raise SystemExit('no camera')"])
    child.process.wait(PATIENCE_S)
    return child


def test_who_ends_too_early_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = failed_child(tmp_path)
    with pytest.raises(DemoError, match=r"broken ended with exit status 1:\n    no camera"):
        child.require_running()
    with pytest.raises(DemoError, match="no camera"):
        child.require_success()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="broker cannot be started"):
        Children(tmp_path).start("broker", [tmp_path / "no-such-program"])


def test_a_new_start_says_nothing_of_the_old(tmp_path: Path) -> None:
    children = Children(tmp_path)
    first = children.start("server", [sys.executable, "-c", "print('READY')"])
    first.require_success()
    assert first.lines() == ["READY"]
    with children_in(tmp_path) as others:
        assert others.start("server", SLEEPER).lines() == []
