"""What mutmut found out about each mutant, read from the folder in which it worked. Reads files, changes none.

mutmut writes all mutants of a file into one, and beside it how pytest ended for each: `x_pause_ms__mutmut_3` is the
third mutant of the function pause_ms, `xǁEntryǁcheck__mutmut_1` the first of Entry's method check, and
`x_pause_ms__mutmut_orig` the function as it is.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from tests.mutation.survivors import Mutant


class Verdict(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    NOT_JUDGED = "not judged"


_VERDICTS: Final[Mapping[int | None, Verdict]] = {
    1: Verdict.KILLED,  # a test failed
    3: Verdict.KILLED,  # pytest itself did
    0: Verdict.SURVIVED,
    5: Verdict.SURVIVED,  # no test was chosen
    33: Verdict.SURVIVED,  # no test reaches the function
}
"""By pytest's exit code or mutmut's own. Anything else (interrupted, its time over, struck) proves nothing."""

_NUMBER: Final = "__mutmut_"
_CLASS: Final = "ǁ"


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant and what became of it."""

    mutant: Mutant
    verdict: Verdict


def read_verdicts(mutated: Path, module: str) -> Iterator[Judged]:
    """All mutants in the file `mutated`, which has those of `module`."""
    meta = mutated.with_name(mutated.name + ".meta")
    if not meta.exists():  # a file without functions
        return
    text = mutated.read_text(encoding="utf-8")
    sources = _functions(text)
    for key, code in json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].items():
        name = key.rpartition(".")[2]
        mangled = name.rpartition(_NUMBER)[0]
        change = _change(sources[f"{mangled}{_NUMBER}orig"], sources[name])
        yield Judged(Mutant(f"{module}.{_readable(mangled)}", change), _VERDICTS.get(code, Verdict.NOT_JUDGED))


def _functions(text: str) -> dict[str, list[str]]:
    """The lines of every function below its first, which has its name, and without their indentation."""
    lines = text.splitlines()
    return {
        node.name: [line.strip() for line in lines[node.lineno : node.end_lineno]]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def _readable(mangled: str) -> str:
    """`x_pause_ms` is pause_ms, `xǁEntryǁcheck` is Entry.check."""
    return mangled[2:].replace(_CLASS, ".") if _CLASS in mangled else mangled.removeprefix("x_")


def _change(before: list[str], after: list[str]) -> str:
    lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    return "\n".join(f"{line[0]} {line[1:]}" for line in lines if line[0] in "+-")
