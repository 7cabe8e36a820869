"""`./run mutants`: changes the pure cores at every place, one change at a time, and fails if their tests do not notice.

usage: ./run mutants [--keep] [--jobs N] [FILE OR FOLDER ...], below server_mqtt/escrow, .../ledger or .../flow

Only a survivor with a written reason in tests/mutation/survivors.toml may live; a reason for none is refused as well.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.mutation.place import prepare
from tests.mutation.survivors import Entry, Mutant, ReasonError, obsolete, read_reasons, unexplained
from tests.mutation.verdicts import Verdict, read_verdicts
from tests.project_tree import ROOT, relative

PACKAGES: Final = ("server_mqtt/escrow", "server_mqtt/ledger", "server_mqtt/flow")
REASONS: Final = ROOT / "tests" / "mutation" / "survivors.toml"
WORK: Final = ROOT / "mutants-out"
MUTMUT: Final = "from mutmut.__main__ import cli; cli()"
"""Not `-m mutmut`: mutmut imports its __main__ by name once more, and would have two of it."""


def main(arguments: list[str]) -> int:
    """Tries the mutants of everything asked for; 1 if one lives without a reason, or has a reason and does not live."""
    parser = argparse.ArgumentParser(prog="./run mutants")
    parser.add_argument("paths", nargs="*", default=PACKAGES, metavar="FILE OR FOLDER", help="%(default)s")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at a time (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave mutants-out/, for `mutmut show` and the like")
    asked = parser.parse_args(arguments)
    try:
        chosen = {package: tuple(_below(package, asked.paths)) for package in PACKAGES}
        reasons = read_reasons(REASONS.read_bytes())
    except (ReasonError, ValueError) as error:
        parser.error(str(error))
    if not set(asked.paths) <= {path for paths in chosen.values() for path in paths}:
        parser.error(f"only what is below {', '.join(PACKAGES)} is tried")
    failures = sum(_try_package(package, paths, reasons, asked.jobs) for package, paths in chosen.items() if paths)
    if not asked.keep:
        shutil.rmtree(WORK)
    return 1 if failures else 0


def _below(package: str, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if not (ROOT / path).exists():
            raise ValueError(f"there is no {path}")
        if Path(path) == Path(package) or Path(package) in Path(path).parents:
            yield path


def _try_package(package: str, paths: tuple[str, ...], reasons: tuple[Entry, ...], jobs: int) -> int:
    """How much is wrong with the mutants of `paths`, which are told one by one."""
    sys.stdout.write(f"{', '.join(paths)}\n")
    sys.stdout.flush()
    began_s = _cpu_s()
    prepare(WORK, package, paths)
    subprocess.run([sys.executable, "-c", MUTMUT, "run", "--max-children", str(jobs)], cwd=WORK, check=True)
    modules = {_module(path): path for path in _files(paths)}
    judged = [one for name, path in modules.items() for one in read_verdicts(WORK / "mutants" / path, name)]
    survivors = Counter(one.mutant for one in judged if one.verdict is Verdict.SURVIVED)
    unclear = [one.mutant for one in judged if one.verdict is Verdict.NOT_JUDGED]
    alive, stale = unexplained(survivors, reasons), obsolete(survivors, reasons, frozenset(modules))
    _tell("survives, and no reason is written down", alive)
    _tell("was not judged, as something struck it or its time was over", unclear)
    _tell("does not survive, but has a reason in survivors.toml", stale)
    verdicts = Counter(one.verdict for one in judged)
    sys.stdout.write(
        f"{package}: {len(judged)} mutants, {verdicts[Verdict.KILLED]} killed, {verdicts[Verdict.SURVIVED]} survived,"
        f" {len(alive)} of them without a reason; {(_cpu_s() - began_s) / 60:.1f} minutes of a processor\n"
    )
    return len(alive) + len(unclear) + len(stale) + (0 if judged else 1)


def _files(paths: tuple[str, ...]) -> list[str]:
    """The modules among `paths` and below them."""
    found: set[Path] = set()
    for path in paths:
        found.update((ROOT / path).rglob("*.py") if (ROOT / path).is_dir() else [ROOT / path])
    return sorted(relative(file) for file in found)


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _tell(what: str, mutants: list[Mutant]) -> None:
    for mutant in mutants:
        sys.stdout.write(f"{what}: {mutant}\n")


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
