"""Every sample view drawn once, and what a person could see of it: what the checks of `checks/drawing.py` look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np

from terminal.presenter.view import Touch, View
from terminal.screens.picture import window_pixels
from tests.screens.samples import BEYOND, DRAWN, sample_views
from tests.screens.stage import Stage
from tests.screens.tree import Box, box_of, drawn_box_of, in_choice, in_list, layout, owner, pressables, texts


@dataclass(frozen=True)
class SeenText:
    """One text on the screen: what it says, what of it is drawn and how large (in the units of the theme)."""

    content: str
    text: str
    size: float
    box: Box
    letters: Box
    in_list: bool
    in_choice: bool
    on: Touch | None
    """What is pressed where it stands."""


@dataclass(frozen=True)
class SeenTarget:
    """One thing to touch."""

    touch: Touch
    box: Box
    in_list: bool


@dataclass(frozen=True)
class Look:
    """The picture of a view: how many colours every third pixel of every third line has, and a hash of all."""

    colours: int
    digest: bytes


@dataclass(frozen=True)
class Seen:
    """One view on the screen. `moved` is what the first frame did not have in its place."""

    name: str
    view: View
    moved: tuple[str, ...]
    texts: tuple[SeenText, ...]
    targets: tuple[SeenTarget, ...]
    look: Look | None
    """None for extreme views, to save the time."""


def all_views() -> Iterator[tuple[str, View]]:
    """All samples, by language and name."""
    for language, casts in DRAWN.items():
        for cast in casts:
            for name, view in sample_views(language, cast).items():
                yield f"{language}/{name}", view
    yield from BEYOND.items()


def is_extreme(name: str) -> bool:
    """Whether it is a sample of unusual length."""
    return "-" in name or name in BEYOND


@cache
def survey(stage: Stage) -> tuple[Seen, ...]:
    """All samples, seen in one frame each."""
    return tuple(_see(stage, name, view) for name, view in all_views())


def _see(stage: Stage, name: str, view: View) -> Seen:
    stage.show(view, frames=1)
    first = layout(stage.app.frame)
    look = None if is_extreme(name) else _look()
    stage.frames(2)
    return Seen(
        name=name,
        view=view,
        moved=_differences(first, layout(stage.app.frame)),
        texts=tuple(_seen_text(text, stage) for text in texts(stage.app.frame)),
        targets=tuple(SeenTarget(each.touch, box_of(each), in_list(each)) for each in pressables(stage.app.frame)),
        look=look,
    )


def _look() -> Look:
    pixels = window_pixels()
    colours = np.unique(pixels[::3, ::3].reshape(-1, 3) @ np.array([1, 256, 65_536]))
    return Look(colours=len(colours), digest=sha256(pixels.tobytes()).digest())


def _differences(first: list[tuple[Any, ...]], later: list[tuple[Any, ...]]) -> tuple[str, ...]:
    if len(first) != len(later):
        return (f"{len(first)} widgets became {len(later)}",)
    return tuple(f"{before} -> {after}" for before, after in zip(first, later, strict=True) if before != after)


def _seen_text(text: Any, stage: Stage) -> SeenText:
    return SeenText(
        content=text.content,
        text=text.text,
        size=text.font_size / stage.density,
        box=box_of(text),
        letters=drawn_box_of(text),
        in_list=in_list(text),
        in_choice=in_choice(text),
        on=owner(text),
    )
