"""The demo itself, as `./run demo` calls it: real broker, real server, two real terminal processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from demo.people import PAYEE, PAYER
from models.bundle import DEFAULT_BUNDLE
from server_mqtt.ledger.accounts import customer_account
from tests.bundle import model_bundle
from tests.portrait import portrait
from tests.private_broker import find_mosquitto

ROOT = Path(__file__).resolve().parents[2]
TOGETHER_S = 170
"""A scene takes 20 s and its set-up 12; a machine that runs everything at once may take a few times that."""

pytestmark = [pytest.mark.window, pytest.mark.broker, pytest.mark.models]


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """Where the demo makes its private folder: it must be empty afterwards."""
    model_bundle()
    portrait()
    find_mosquitto()
    assert (ROOT / DEFAULT_BUNDLE).exists()
    folder = tmp_path / "private"
    folder.mkdir()
    return folder


def command(out: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-u", "-m", "demo", "--scene", "settled", "--out", str(out), *arguments]


def environment(private: Path) -> dict[str, str]:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, "TMPDIR": str(private)}


def mentioning(private: Path) -> list[str]:
    """Command lines of processes that were started on something in the private folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(private) in line:
            found.append(line)
    return found


def test_a_settled_payment_through_every_real_part(private: Path, tmp_path: Path) -> None:
    out, pictures = tmp_path / "out", tmp_path / "pictures"
    played = subprocess.run(
        command(out, "--pictures", str(pictures)),
        cwd=ROOT,
        env=environment(private),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TOGETHER_S,
        check=False,
    )
    assert played.returncode == 0, played.stdout
    (payment,) = json.loads((out / "report.json").read_text())
    assert (payment["scene"], payment["problems"]) == ("settled", [])
    assert [state["state"] for state in payment["states"]] == ["awaiting_payee", "awaiting_payer", "settled"]
    assert payment["first_result"] == {"verdict": "verified", "reason": None, "modality": "fingerprint"}
    assert payment["second_result"] == {"verdict": "verified", "reason": None, "modality": "face"}
    before, after = payment["balances_before"], payment["balances_after"]
    payer, payee = customer_account(PAYER.account), customer_account(PAYEE.account)
    assert (after[payer], after[payee]) == (before[payer] - 1_250, before.get(payee, 0) + 1_250)
    assert [(one["kind"], one["amount_minor"]) for one in payment["postings"]] == [
        ("settle", -1_250),
        ("settle", 1_250),
    ]
    _pictures_are_of(payment["screens"], out)
    assert {path.name for path in pictures.iterdir()} == {"consent.png", "settled.png"}
    assert "ledger verify" in played.stdout
    assert "\033[" not in played.stdout
    assert list(private.iterdir()) == []
    assert mentioning(private) == []


def _pictures_are_of(names: list[str], out: Path) -> None:
    """Both terminals at every step, numbered without a gap, none of them blank."""
    assert [name[:10] for name in names] == [f"settled/{number:02d}" for number in range(1, len(names) + 1)]
    shown = {re.sub(r"^settled/\d+-|\.png$", "", name) for name in names}
    payer = ("idle payee_entry amount_entry review first_instruction second_instruction payer_capture outcome").split()
    payee = ("idle payee_capture first_result outcome").split()
    assert shown >= {f"payer-{screen}" for screen in payer} | {f"payee-{screen}" for screen in payee}
    for name in names:
        picture = cv2.imread(str(out / name))
        assert picture is not None
        assert picture.shape == (480, 800, 3)
        assert float(np.std(picture)) > 1


@pytest.fixture
def running(private: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command(tmp_path / "out"),
        cwd=ROOT,
        env=environment(private),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_stopping_it_ends_everything_that_it_started(private: Path, running: subprocess.Popen[str]) -> None:
    assert running.stdout is not None
    for line in running.stdout:
        if "switches both terminals on" in line:
            break
    deadline = time.monotonic() + TOGETHER_S
    while len(mentioning(private)) < 4 and running.poll() is None:  # broker, server, two terminals
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    rest = running.stdout.read()
    assert running.wait(TOGETHER_S) == 130, rest
    assert "was ended" in rest
    assert mentioning(private) == []
    assert list(private.iterdir()) == []


def test_without_a_broker_it_says_what_to_install(private: Path, tmp_path: Path) -> None:
    hidden = tempfile.mkdtemp(dir=tmp_path)
    program = (
        "import shutil, sys\n"
        "shutil.which = lambda *_, **__: None\n"
        "from demo.__main__ import main\n"
        f"sys.exit(main(['--scene', 'settled', '--out', {hidden!r}]))\n"
    )
    played = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(private),
        stdout=subprocess.PIPE,
        text=True,
        timeout=TOGETHER_S,
        check=False,
    )
    assert played.returncode == 1
    assert "apt-get install mosquitto" in played.stdout
    assert list(private.iterdir()) == []
