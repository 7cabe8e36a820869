"""A report as a table for people to read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.bench.figure import Figure, is_met, wants_more


def table(figures: Sequence[Figure]) -> str:
    """In Markdown: what has a goal first, then what explains it."""
    return "\n".join((*_goals(figures), "", *_others(figures), ""))


def _goals(figures: Sequence[Figure]) -> Iterator[str]:
    yield "| id | figure | goal | reached | runs | what | over |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for figure in figures:
        if figure["bound"] is not None:
            sign = "≥" if wants_more(figure) else "≤"
            goal = f"{sign} {figure['bound']:.3g}"
            met = "yes" if is_met(figure) else "no"
            cells = (figure["id"], _value(figure), goal, met, str(figure["n"]), figure["what"], figure["peer"])
            yield f"| {' | '.join(cells)} |"


def _others(figures: Sequence[Figure]) -> Iterator[str]:
    yield "| id | figure | runs | what |"
    yield "| --- | --- | --- | --- |"
    for figure in figures:
        if figure["bound"] is None:
            what = f"{figure['what']}, over {figure['peer']}" if figure["peer"] else figure["what"]
            yield f"| {figure['id']} | {_value(figure)} | {figure['n']} | {what} |"


def _value(figure: Figure) -> str:
    if figure["value"] is None:
        return "broken"
    unit = "" if figure["unit"] == "ratio" else f" {figure['unit']}"
    return f"{figure['value']:.3g}{unit}"
