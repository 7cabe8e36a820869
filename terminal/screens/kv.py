"""Loads the layout that stands next to a module: `review.py` has `review.kv`. Impure: Kivy's rule book."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder


def load_kv(module_file: str) -> None:
    """Register the rules of the `.kv` file with the module's stem; once a module, at its import."""
    Builder.load_file(str(Path(module_file).with_suffix(".kv")))
