"""A text is as large as fits, never outside its box, cut only where even the smallest size is too large."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from terminal.screens.fitting import ELLIPSIS, extent, fit, height_up_to, natural, share, total
from terminal.screens.theme import TextStyle


@dataclass(frozen=True)
class EvenRuler:
    """Every character is half as wide as the size, every line a fifth higher."""

    def width(self, text: str, size: int, *, heavy: bool) -> float:
        return len(text) * size * 0.5 + (1.0 if heavy else 0.0)

    def line_height(self, size: int) -> float:
        return size * 1.2


RULER = EvenRuler()
TEXTS = st.lists(st.text(alphabet="abcdef", min_size=1, max_size=12), max_size=12).map(" ".join)
STYLES = st.builds(
    lambda smallest, more, lines, heavy: TextStyle(smallest + more, smallest, lines, heavy),
    st.integers(8, 20),
    st.integers(0, 40),
    st.integers(1, 5),
    st.booleans(),
)
WIDTHS = st.integers(30, 600)
HEIGHTS = st.integers(25, 300)


def _fits(text: str, size: int, style: TextStyle, width: int, height: int) -> bool:
    at_size = extent(text, size, style.heavy, width, RULER)
    return at_size.lines <= style.lines and at_size.height <= height and not at_size.broken_word


@given(TEXTS, STYLES, WIDTHS, HEIGHTS)
def test_what_is_drawn_lies_in_its_box(text: str, style: TextStyle, width: int, height: int) -> None:
    fitted = fit(text, style, width, height, RULER)
    assert style.smallest <= fitted.size <= style.largest
    assert len(fitted.lines) <= style.lines
    assert len(fitted.lines) * RULER.line_height(fitted.size) <= height
    assert all(RULER.width(line, fitted.size, heavy=style.heavy) <= width for line in fitted.lines)


@given(TEXTS, STYLES, WIDTHS, HEIGHTS)
def test_no_larger_size_would_fit(text: str, style: TextStyle, width: int, height: int) -> None:
    fitted = fit(text, style, width, height, RULER)
    larger = range(fitted.size + 1, style.largest + 1)
    assert not any(_fits(text, size, style, width, height) for size in larger)


@given(TEXTS, STYLES, WIDTHS, HEIGHTS)
def test_a_text_is_cut_only_where_the_smallest_size_is_too_large(
    text: str, style: TextStyle, width: int, height: int
) -> None:
    fitted = fit(text, style, width, height, RULER)
    whole = "".join(fitted.lines).replace(" ", "") == text.replace(" ", "")
    at_smallest = extent(text, style.smallest, style.heavy, width, RULER)
    too_large = at_smallest.lines > style.lines or at_smallest.height > height
    assert whole != too_large
    if too_large:
        assert fitted.lines[-1].endswith(ELLIPSIS)
        assert text.replace(" ", "").startswith("".join(fitted.lines).replace(" ", "")[:-1])


def _suits(text: str, size: int, style: TextStyle, width: int) -> bool:
    """Whether `size` keeps the style's lines and breaks no word; the smallest always does what it can."""
    at_size = extent(text, size, style.heavy, width, RULER)
    return size == style.smallest or (at_size.lines <= style.lines and not at_size.broken_word)


@given(TEXTS, STYLES, WIDTHS, st.integers(0, 60))
def test_the_height_it_asks_for_is_enough_for_the_size_it_asks_for(
    text: str, style: TextStyle, width: int, step: int
) -> None:
    ceiling = style.largest - step
    height = height_up_to(text, style, ceiling, width, RULER)
    assert (height == 0) == (not text)
    assert height <= height_up_to(text, style, style.largest, width, RULER)
    if text:
        fitted = fit(text, style, width, height, RULER)
        sizes = range(style.smallest, max(ceiling, style.smallest) + 1)
        wanted = max(size for size in sizes if _suits(text, size, style, width))
        assert fitted.size >= wanted


@dataclass(frozen=True)
class Part:
    """A piece of a stack: so high at best, so much less a step."""

    steps: int
    best: float
    less: float

    def height_at(self, _width: float, step: int) -> float:
        return max(0.0, self.best - min(step, self.steps) * self.less)


PARTS = st.lists(
    st.builds(Part, st.integers(0, 12), st.sampled_from([0.0, 10.0, 35.5, 80.0]), st.sampled_from([0.0, 0.5, 2.0])),
    max_size=6,
)


@given(PARTS, st.floats(0, 400), st.floats(0, 20))
def test_a_stack_never_leaves_its_box_and_takes_all_it_wants_where_there_is_room(
    parts: list[Part], height: float, gap: float
) -> None:
    heights = share(parts, 100, height, gap)
    wanted = natural(parts, 100)
    gaps = gap * max(0, sum(1 for each in heights if each) - 1)
    assert sum(heights) <= max(0.0, height - gaps) + 1e-6
    assert all(0 <= given_to <= want for given_to, want in zip(heights, wanted, strict=True))
    if total(wanted, gap) <= height:
        assert heights == wanted


@given(PARTS, st.floats(0, 400))
def test_a_stack_shrinks_no_more_than_it_must(parts: list[Part], height: float) -> None:
    most = max((part.steps for part in parts), default=0)
    sums = [sum(part.height_at(100, step * part.steps // max(1, most)) for part in parts) for step in range(most + 1)]
    fitting = [each for each in sums if each <= height]
    if fitting:
        assert abs(sum(share(parts, 100, height, 0)) - max(fitting)) < 1e-6
