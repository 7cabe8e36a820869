"""F4 says one figure for each reader, of images that arrived whole. No time is judged but that physics allows it."""

from __future__ import annotations

import pytest

from firmware_bridge.r503.models import R307, R503
from tests.bench.f4 import GOAL, f4, on_the_line_s


def test_each_reader_has_a_figure_that_no_line_can_beat() -> None:
    figures = {figure["id"]: figure for figure in f4(1, lambda _text: None)}
    assert list(figures) == ["F4-R503", "F4-R307"]
    for figure in figures.values():
        assert figure["bound"] == GOAL
        assert figure["passed_invariants"]
        assert figure["value"] is not None
        assert figure["value"] > 0.98, "an emulated line that is quicker than its rate proves nothing"


def test_what_the_line_takes_is_what_was_measured_before() -> None:
    assert on_the_line_s(R503) == pytest.approx(1.67, abs=0.01)
    assert on_the_line_s(R307) == pytest.approx(3.34, abs=0.01)
