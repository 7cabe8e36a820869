"""The list of mutants that may live: how it is read, what it lets live, and that it is about the code of today."""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.__main__ import PACKAGES, REASONS
from tests.mutation.survivors import Entry, Mutant, ReasonError, module_of, obsolete, read_reasons, unexplained
from tests.mutation.verdicts import Judged, Verdict, read_verdicts
from tests.project_tree import modules

ONE, OTHER = Mutant("shop.sums.add", "- a + b\n+ a - b"), Mutant("shop.sums.Sum.add", "- c\n+ None")
LISTED = (Entry(ONE.function, "equivalent", (f"\n  {ONE.change}\n",)),)
MUTATED = '''
def x_add__mutmut_orig(
    a: int,
) -> int:
    """Adds."""
    return a + 1

def x_add__mutmut_1(
    a: int,
) -> int:
    """Adds."""
    return a - 1

class Sum:
    def xǁSumǁadd__mutmut_orig(self) -> None:
        self.add(1)
        self.done = True

    def xǁSumǁadd__mutmut_1(self) -> None:
        self.add(None)
        self.done = True

    def xǁSumǁadd__mutmut_2(self) -> None:
        self.add(1)
        self.done = False
'''


def test_a_survivor_needs_a_reason_of_its_own() -> None:
    assert unexplained(Counter([ONE]), LISTED) == []
    assert unexplained(Counter([ONE, ONE]), LISTED) == [ONE], "the same change at another place"
    assert unexplained(Counter([ONE, OTHER]), LISTED) == [OTHER]


def test_a_reason_needs_a_survivor() -> None:
    tried = frozenset({"shop.sums"})
    assert obsolete(Counter([ONE]), LISTED, tried) == []
    assert obsolete(Counter([OTHER]), LISTED, tried) == [ONE]
    assert obsolete(Counter(), LISTED, frozenset({"shop.other"})) == [], "not tried, not judged"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[[survivor]]\nfunction = 'a.b'\nchanges = ['- a']", "missing required field `reason`"),
        (b"[[survivor]]\nfunction = 'a.b'\nreason = ' '\nchanges = ['- a']", "a.b: an entry has a reason"),
        (b"[[survivor]]\nfunction = 'a.b'\nreason = 'r'\nchanges = []", "a.b: an entry has a reason and the changes"),
        (b"[[survivor]]\nfunction = 'a.b'\nreason = 'r'\nchanges = ['a']", "a.b: every line of a change begins with"),
        (b"[[survivors]]\n", "unknown field `survivors`"),
        (b"[[", "Invalid"),
    ],
)
def test_a_list_with_a_hole_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ReasonError, match=words):
        read_reasons(content)


def test_what_mutmut_found_is_read_by_function_and_change(tmp_path: Path) -> None:
    mutated = tmp_path / "sums.py"
    mutated.write_text(MUTATED, encoding="utf-8")
    assert list(read_verdicts(mutated, "shop.sums")) == [], "without a word of mutmut there are no mutants"
    codes = {"x_add__mutmut_1": 1, "xǁSumǁadd__mutmut_1": 33, "xǁSumǁadd__mutmut_2": -9}
    meta = {"exit_code_by_key": {f"shop.sums.{name}": code for name, code in codes.items()}}
    mutated.with_name("sums.py.meta").write_text(json.dumps(meta), encoding="utf-8")
    assert list(read_verdicts(mutated, "shop.sums")) == [
        Judged(Mutant("shop.sums.add", "- return a + 1\n+ return a - 1"), Verdict.KILLED),
        Judged(Mutant("shop.sums.Sum.add", "- self.add(1)\n+ self.add(None)"), Verdict.SURVIVED),
        Judged(Mutant("shop.sums.Sum.add", "- self.done = True\n+ self.done = False"), Verdict.NOT_JUDGED),
    ]


@pytest.mark.parametrize("entry", read_reasons(REASONS.read_bytes()), ids=lambda entry: str(entry.function))
def test_every_reason_is_about_the_code_of_today(entry: Entry) -> None:
    tried = frozenset(name for name in modules() if name.startswith(tuple(each.replace("/", ".") for each in PACKAGES)))
    module = module_of(entry.function, tried)
    assert module is not None, f"{entry.function} is not tried"
    function = entry.function.rpartition(".")[2]
    lines = {
        line.strip()
        for node in ast.walk(modules()[module].tree)
        if isinstance(node, ast.FunctionDef) and node.name == function
        for line in modules()[module].text.splitlines()[node.lineno : node.end_lineno]
    }
    for mutant in entry.mutants():
        before = [line[2:] for line in mutant.change.splitlines() if line.startswith("- ")]
        assert before, mutant
        assert lines.issuperset(before), f"{mutant}\nthe code has changed: run ./run mutants, and write what lives now"
