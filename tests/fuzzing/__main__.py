"""`./run fuzz [decoder|request|policy] [--runs N]`: a coverage-guided fuzzer over each target, in a process of its own.

What it finds is printed as the line to add to `found/TARGET.hex`, which the suite replays ever after. Impure: atheris,
which has wheels for few machines and is therefore no part of the environment; `./run fuzz` brings it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["server_mqtt"]):
    from tests.fuzzing.replay import FOUND, replayed, seeds
    from tests.fuzzing.targets import MAKERS
    from tests.simulation.world import quiet_logs

RUNS = 20_000
"""Inputs of each target if not told otherwise: a few minutes in all."""
MAX_INPUT_BYTES = 2_048
"""Longer ones only repeat: a request has some hundred bytes."""
INPUT_TIMEOUT_S = 20
"""An input that takes as long is a finding too."""


def main(arguments: list[str]) -> int:
    """Fuzzes the targets asked for; 1 if one of them was broken."""
    parser = argparse.ArgumentParser(prog="./run fuzz")
    parser.add_argument("target", nargs="?", choices=sorted(MAKERS), help="one of them; all, if not told")
    parser.add_argument("--runs", type=int, default=RUNS, help="inputs of each target")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.in_this_process:
        _fuzz(asked.target, asked.runs)
    broken = [name for name in ([asked.target] if asked.target else MAKERS) if not _apart(name, asked.runs)]
    sys.stdout.write(f"broken: {', '.join(broken)}\n" if broken else "nothing got by\n")
    return 1 if broken else 0


def _apart(name: str, runs: int) -> bool:
    """Whether `runs` inputs got by nothing. The fuzzer ends its process as it likes: it gets one."""
    sys.stdout.write(f"{name}: {runs:,} inputs\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "tests.fuzzing", name, "--runs", str(runs), "--in-this-process"]
    with tempfile.TemporaryDirectory(prefix="countersign-fuzz-") as folder:
        ended = subprocess.run(command, env={**os.environ, "TMPDIR": folder}, check=False)
    return ended.returncode == 0


def _fuzz(name: str, runs: int) -> None:
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

    corpus = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    for number, data in enumerate([*seeds(name), *replayed(name)]):
        (corpus / f"{number:04}").write_bytes(data)
    options = [f"-runs={runs}", f"-max_len={MAX_INPUT_BYTES}", f"-timeout={INPUT_TIMEOUT_S}", "-print_final_stats=1"]
    atheris.Setup([name, *options, f"-artifact_prefix={corpus}/", str(corpus)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
