"""The folder in which mutmut works: the product's server and its tests as they are now, and a setup.cfg of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.mutation import plugin
from tests.project_tree import ROOT

COPIED: Final = ("server_mqtt", "tests", "docs", "setup.cfg", "pyproject.toml")
NOT_TRIED: Final = "tests/server_mqtt/flow/test_machine.py"
"""Walks at random through everything for twenty seconds, which every mutant would take. What only chance finds has no
test that says what is wrong."""

TIMEOUT_CONSTANT_S: Final = 10
"""On top of what the tests of a mutant took; mutmut allows fifteen times the sum. Short of it a busy machine would look
like a mutant that never ends."""


def prepare(work: Path, package: str, paths: tuple[str, ...]) -> None:
    """Makes `work` anew, for the mutants of the files or folders `paths` under the tests of `package` alone."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in COPIED:
        source, target = ROOT / name, work / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    with (work / "setup.cfg").open("a", encoding="utf-8") as config:
        config.write(_settings(package, paths))


def _settings(package: str, paths: tuple[str, ...]) -> str:
    settings = {
        "source_paths": ["server_mqtt"],
        "only_mutate": [f"{path}/*" if (ROOT / path).is_dir() else path for path in paths],
        "also_copy": ["docs"],
        "pytest_add_cli_args": [
            *("-p", "no:xdist", "-p", "no:cacheprovider", "-p", plugin.__name__),
            *("--deselect", NOT_TRIED),
        ],
        "timeout_constant": [str(TIMEOUT_CONSTANT_S)],
        "pytest_add_cli_args_test_selection": [f"tests/{package}"],
    }
    lines = ["", "[mutmut]"]
    for name, values in settings.items():
        lines += [f"{name} =", *(f"    {value}" for value in values)]
    return "\n".join(lines) + "\n"
