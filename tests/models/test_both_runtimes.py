"""The networks on the TFLite runtime of later Pythons, where this one has the earlier: `./run test` keeps both."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Final

import pytest

from models.interpreter import RUNTIME
from tests.bundle import model_bundle
from tests.portrait import portrait
from tests.project_tree import ROOT

LATER: Final = "ai_edge_litert"
FOLDER: Final = ROOT / ".cache" / "litert"
TESTS: Final = (
    "tests/models/test_interpreter.py",
    "tests/models/build/test_parity.py",
    "tests/models/face/test_embedding.py",
    "tests/models/face/test_memory.py",
    "tests/models/face/test_pipeline.py",
)
"""The adapter, the originals' stored numbers, a whole face and what it costs in memory."""
RUN: Final = """
import sys, pytest
from models.interpreter import RUNTIME
print("runtime:", RUNTIME)
sys.exit(pytest.main(sys.argv[1:]))
"""
TIMEOUT_S: Final = 170


@pytest.mark.models
@pytest.mark.skipif(find_spec("tflite_runtime") is None, reason="all tests run on the later runtime already")
def test_the_networks_answer_alike_on_the_later_runtime() -> None:
    model_bundle()
    portrait()
    if not (FOLDER / LATER).is_dir():
        pytest.skip(f"no {LATER} at {FOLDER}: ./run test installs it")
    assert RUNTIME == "tflite_runtime"
    command = [sys.executable, "-c", RUN, "--complete", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *TESTS]
    environ = {**os.environ, "PYTHONPATH": str(FOLDER)}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
    assert f"runtime: {LATER}\n" in done.stdout
