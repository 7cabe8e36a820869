"""The project's own files, and which module imports which: what the tidy test looks at. Reads files, changes none.

Works in a tree without .git as well: what .gitignore names is left out by reading it.
"""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_RUN_AS_MODULE: Final = re.compile(r"""-m["',]*\s+["']?([A-Za-z_][\w.]*)""")
"""`python -m a.b`, in a shell, a page, or a list of arguments."""

LAYOUT: Final = ".kv"
"""Kivy's rules for a widget stand next to its module, in a file of the same stem."""
_LAYOUT_IMPORT: Final = re.compile(r"^#:import \w+ ([\w.]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: its dotted name, where it is, its text and its syntax."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Whether this is a package's __init__."""
        return self.path.name == "__init__.py"

    @property
    def is_bare(self) -> bool:
        """Whether this is a package's __init__ without code: it only makes a folder a package."""
        return self.is_package and all(isinstance(node, ast.Expr) for node in self.tree.body)


def _ignored(path: Path, patterns: tuple[str, ...]) -> bool:
    """Whether one of .gitignore's patterns, of the simple kinds used there, names this file or folder."""
    names = (f"/{relative(path)}", path.name)
    return any(fnmatch(name, pattern.rstrip("/")) for pattern in patterns for name in names)


def _walk(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if _ignored(path, patterns):
            continue
        if path.is_dir():
            yield from _walk(path, patterns)
        else:
            yield path


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project."""
    return tuple(_walk(ROOT, ("/.git", *(ROOT / ".gitignore").read_text(encoding="utf-8").split())))


@cache
def texts() -> Mapping[Path, str]:
    """Every file that is text, with what it says."""
    found = {}
    for path in files():
        try:
            found[path] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@cache
def modules() -> Mapping[str, Module]:
    """Every Python module by its dotted name."""
    found = {}
    for path, text in texts().items():
        if path.suffix == ".py":
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path, text, ast.parse(text, str(path)))
    return found


def relative(path: Path) -> str:
    """`path` as it is spoken of: from the project's top."""
    return path.relative_to(ROOT).as_posix()


def imports(module: Module) -> Iterator[str]:
    """The names that a module or its layout imports, wherever in it; of `from a import b` both a and a.b."""
    package = module.name if module.is_package else module.name.rpartition(".")[0]
    yield from _LAYOUT_IMPORT.findall(texts().get(module.path.with_suffix(LAYOUT), ""))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def reached(roots: Iterable[str]) -> frozenset[str]:
    """The project's modules that run when `roots` are imported, with the packages around them."""
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in modules():
            continue
        seen.add(name)
        waiting += imports(modules()[name])
        waiting.append(name.rpartition(".")[0])
    return frozenset(seen)


def commands() -> frozenset[str]:
    """Modules that people and programs start: console scripts, and whatever stands behind a `-m` anywhere."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    scripts = setup["options.entry_points"]["console_scripts"].split("\n")
    started = {script.partition("=")[2].partition(":")[0].strip() for script in scripts if script}
    for text in texts().values():
        started.update(_RUN_AS_MODULE.findall(text))
    return frozenset(started | {f"{name}.__main__" for name in started})
