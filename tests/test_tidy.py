"""What a tidy project looks like, as tests about its own files: sizes, names, dead files, stale pages, stray words."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest

from tests import project_tree
from tests.project_tree import ROOT, modules, relative, texts

FILE_LINES_MAX: Final = 300
FUNCTION_LINES_MAX: Final = 70
README_LINES_MAX: Final = 150
NOT_READ: Final = (
    "requirements.lock",
    "tests/mutation/requirements.txt",
    "tests/bench/peers/requirements-",
    "tests/mutation/survivors.toml",
    "docs/asyncapi.yaml",
    "docs/payment_flow.md",
    "LICENSE",
    "server_mqtt/shell/migrations/versions/",
)
DATA_SUFFIXES: Final = (".json", ".hex", ".po", ".csv")
"""What nobody reads from top to bottom: generated, data, or a step of the schema that stays as it was run."""

MODEL_SUFFIXES: Final = frozenset({".tflite", ".bundle", ".onnx", ".h5", ".keras", ".dat", ".pb", ".npz", ".pt"})
PICTURE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".pgm", ".webp"})
PICTURE_BYTES_MAX: Final = 300 * 1024
"""A screenshot on a page of docs/; a whole checkout stays small."""
LOADED_BY_PATH: Final = ("server_mqtt.shell.migrations.",)
"""Alembic finds its environment and its versions in a folder."""
MEANINGLESS_NAMES: Final = frozenset({"utils", "util", "helpers", "helper", "misc", "stuff"})
PRINTING: Final = re.compile(r"(^|\.)(cli|demo|__main__)(\.|$)")
"""What talks to people in a terminal."""

STRAY_WORDS: Final = (
    re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b"),
    re.compile(r"#\s*X" + r"XX\b"),
    re.compile(r"/wo" + r"rk/|/tmp/br" + r"ief|(?:/ro" + r"ot|/home/[a-z]+|/Us" + r"ers)/"),
    re.compile(r"\b[Ss]ession #?\d+\b|\bsub-?agents?\b|\blanguage model\b|\bcolleague'?s?\b"),
)
"""Notes to oneself, paths of one machine, and how the project was made: none of them helps a reader."""
LINK: Final = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def _none_of(found: Iterable[str]) -> None:
    """Fails with every finding on a line of its own."""
    lines = list(found)
    assert not lines, "\n" + "\n".join(lines)


def test_the_whole_project_is_looked_at() -> None:
    """Where git is there and trusts the checkout, it knows the same files."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        return
    listing = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    told = subprocess.run(listing, capture_output=True, text=True, check=False)
    if told.returncode != 0:
        return
    there = {name for name in told.stdout.split("\0") if name and (ROOT / name).exists()}
    assert {relative(path) for path in project_tree.files()} == there


def test_files_are_short() -> None:
    _none_of(
        f"{relative(path)}: {lines} lines"
        for path, text in texts().items()
        if (lines := text.count("\n")) > FILE_LINES_MAX and not _is_data(path)
    )


def _is_data(path: Path) -> bool:
    return relative(path).startswith(NOT_READ) or path.suffix in DATA_SUFFIXES


def test_functions_fit_a_screen() -> None:
    _none_of(
        f"{relative(module.path)}:{node.lineno}: {node.name} has {lines} lines"
        for module in modules().values()
        if not _is_data(module.path)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    )


def test_the_readme_is_short() -> None:
    assert texts()[ROOT / "README.md"].count("\n") <= README_LINES_MAX


def test_every_module_says_what_it_is() -> None:
    _none_of(
        relative(module.path)
        for module in modules().values()
        if not ast.get_docstring(module.tree) and not (module.is_bare and _is_of_tests(module.name))
    )


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {module.path.parent for module in modules().values()}
    _none_of(relative(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists())


def test_names_have_a_meaning() -> None:
    _none_of(name for name in modules() if name.rpartition(".")[2] in MEANINGLESS_NAMES)


def test_every_module_of_the_product_is_used_by_the_product() -> None:
    alive = project_tree.reached(project_tree.commands())
    _none_of(
        name
        for name, module in modules().items()
        if name not in alive and not _is_of_tests(name) and not name.startswith(LOADED_BY_PATH) and not module.is_bare
    )


def test_every_module_of_the_tests_is_used_by_a_test() -> None:
    tests = [name for name in modules() if name.rpartition(".")[2].startswith(("test_", "conftest"))]
    alive = project_tree.reached([*tests, *project_tree.commands()])
    _none_of(
        name for name, module in modules().items() if name not in alive and _is_of_tests(name) and not module.is_bare
    )


def _is_of_tests(name: str) -> bool:
    return name.partition(".")[0] == "tests"


def test_every_layout_belongs_to_a_module() -> None:
    layouts = [path for path in texts() if path.suffix == project_tree.LAYOUT]
    assert layouts
    _none_of(relative(path) for path in layouts if not path.with_suffix(".py").exists())


def test_only_commands_print() -> None:
    _none_of(
        f"{relative(module.path)}:{node.lineno}"
        for module in modules().values()
        if not PRINTING.search(module.name)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )


def test_no_stray_words() -> None:
    _none_of(
        f"{relative(path)}:{number}: {found[0]}"
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in STRAY_WORDS
        if (found := pattern.search(line))
    )


def test_no_model_is_part_of_the_project() -> None:
    _none_of(relative(path) for path in project_tree.files() if path.suffix in MODEL_SUFFIXES)


def test_pictures_are_small_and_belong_to_a_page() -> None:
    pages = "".join(text for path, text in texts().items() if path.suffix == ".md")
    pictures = [path for path in project_tree.files() if path.suffix in PICTURE_SUFFIXES]
    _none_of(f"{relative(path)}: not under docs/" for path in pictures if not path.is_relative_to(ROOT / "docs"))
    _none_of(f"{relative(path)}: on no page" for path in pictures if path.name not in pages)
    _none_of(f"{relative(path)}: too large" for path in pictures if path.stat().st_size > PICTURE_BYTES_MAX)


def test_links_between_pages_lead_somewhere() -> None:
    _none_of(
        f"{relative(path)}: {target}"
        for path, text in texts().items()
        for target in (LINK.findall(text) if path.suffix == ".md" else [])
        if "://" not in target and not (path.parent / target).exists()
    )


@pytest.mark.parametrize(
    ("page", "module"),
    [("docs/payment_flow.md", "server_mqtt.flow.document"), ("docs/asyncapi.yaml", "server_mqtt.contract.asyncapi")],
)
def test_generated_pages_are_fresh(page: str, module: str) -> None:
    render: Callable[[], str] = importlib.import_module(module).render
    assert Path(ROOT / page).read_text(encoding="utf-8") == render(), "run ./run docs"
