"""`./run fuzz [decoder|request|policy|record] [--runs N]`: a coverage-guided fuzzer over each target, each in a process
of its own.

What it finds is printed as the line to add to `found/TARGET.hex`, which the suite replays ever after. Impure: atheris,
which has wheels for few machines and is therefore no part of the environment; `./run fuzz` brings it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["server_mqtt", "models.comparison"]):
    from tests.fuzzing.replay import FOUND, replayed, seeds
    from tests.fuzzing.targets import MAKERS
    from tests.simulation.world import quiet_logs

RUNS = 20_000
"""Inputs of each target if not told otherwise: a few minutes in all."""
MAX_INPUT_BYTES = 2_048
"""Longer ones only repeat: a request has some hundred bytes."""
RUNS_OF_A_PROCESS = 10_000
"""The fuzzer keeps some kilobytes of each input of the request handler: a new process goes on with its corpus."""
INPUT_TIMEOUT_S = 20
"""An input that takes as long is a finding too."""


def main(arguments: list[str]) -> int:
    """Fuzzes the targets asked for; 1 if one of them was broken."""
    parser = argparse.ArgumentParser(prog="./run fuzz")
    parser.add_argument("target", nargs="?", choices=sorted(MAKERS), help="one of them; all, if not told")
    parser.add_argument("--runs", type=int, default=RUNS, help="inputs of each target")
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.corpus is not None:
        _fuzz(asked.target, asked.runs, asked.corpus)
    broken = [name for name in ([asked.target] if asked.target else MAKERS) if not _apart(name, asked.runs)]
    sys.stdout.write(f"broken: {', '.join(broken)}\n" if broken else "nothing got by\n")
    return 1 if broken else 0


def _apart(name: str, runs: int) -> bool:
    """Whether `runs` inputs got by nothing. The fuzzer ends its process as it likes: it gets its own."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="countersign-fuzz-") as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for number, data in enumerate([*seeds(name), *replayed(name)]):
            (corpus / f"{number:04}").write_bytes(data)
        for done in range(0, runs, RUNS_OF_A_PROCESS):
            more = min(RUNS_OF_A_PROCESS, runs - done)
            command = [sys.executable, "-m", "tests.fuzzing", name, "--runs", str(more), "--corpus", str(corpus)]
            ended = subprocess.run(command, env={**os.environ, "TMPDIR": folder}, capture_output=True, check=False)
            if ended.returncode != 0:
                sys.stdout.write(ended.stdout.decode() + ended.stderr.decode()[-5_000:])
                return False
            seconds = time.monotonic() - began_s
            sys.stdout.write(f"{name}: {done + more:,} of {runs:,} inputs, {(done + more) / seconds:,.0f} inputs/s\n")
            sys.stdout.flush()
    return True


def _fuzz(name: str, runs: int, corpus: Path) -> None:
    """Does not return."""
    quiet_logs()
    target = MAKERS[name]()

    def one_input(data: bytes) -> None:
        try:
            target(data)
        except Exception:
            sys.stdout.write(f"for {FOUND / name}.hex: {data.hex()}\n")
            sys.stdout.flush()
            raise

    options = [f"-runs={runs}", f"-max_len={MAX_INPUT_BYTES}", f"-timeout={INPUT_TIMEOUT_S}", "-rss_limit_mb=0"]
    atheris.Setup([name, *options, f"-artifact_prefix={corpus}/", str(corpus)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
