"""dlib's serialisation: every value is read back, and damage is refused with its place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.build.dlib_format import DlibReader
from models.errors import WeightsError
from tests.models.build import dlib_writer as dlib

INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, min_value=-1e300, max_value=1e300)


@given(st.lists(INTEGERS, max_size=5))
def test_integers_are_read_back(values: list[int]) -> None:
    reader = DlibReader(b"".join(dlib.integer(value) for value in values))
    assert [reader.integer() for _ in values] == values
    reader.end()


@given(NUMBERS)
@example(0.04)
@example(-0.0)
def test_numbers_are_read_back(value: float) -> None:
    assert DlibReader(dlib.number(value)).number() == value


def test_a_number_of_dlibs_own_file() -> None:
    """The loss' margin, 0.04 as a float: mantissa 0xA3D70A, exponent -28."""
    assert DlibReader(b"\x03\x0a\xd7\xa3\x81\x1c").number() == float(np.float32(0.04))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=64), st.booleans())
def test_texts_and_booleans_are_read_back(value: str, flag: bool) -> None:
    reader = DlibReader(dlib.text(value) + (b"1" if flag else b"0"))
    assert reader.text() == value
    assert reader.boolean() is flag
    reader.end()


@given(st.tuples(*[st.integers(0, 3)] * 4), st.integers(0, 2**32))
def test_tensors_are_read_back(shape: tuple[int, int, int, int], seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    reader = DlibReader(dlib.tensor(values) + dlib.view(*shape))
    assert np.array_equal(reader.tensor(), values)
    assert reader.view() == shape
    reader.end()


@given(st.data())
def test_what_ends_too_early_is_refused(data: st.DataObject) -> None:
    content = dlib.text("con_4") + dlib.number(0.1) + dlib.tensor(np.ones((1, 2, 2, 1), np.float32)) + b"1"
    reader = DlibReader(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(WeightsError, match="ends too early"):
        (reader.tag("con_4"), reader.number(), reader.tensor(), reader.boolean())


@given(st.binary(max_size=60), st.sampled_from(["integer", "boolean", "number", "text", "sizes", "view", "tensor"]))
def test_no_bytes_make_it_fail_otherwise(content: bytes, kind: str) -> None:
    try:
        value = getattr(DlibReader(content), kind)()
    except WeightsError:
        return
    assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"\x00", "integer", "begins no integer"),
        (b"\x09" + bytes(9), "integer", "begins no integer"),
        (b"\x41\x01", "integer", "begins no integer"),
        (b"\x01", "boolean", "is no boolean"),
        (dlib.integer(1) + dlib.integer(32000), "number", "exponent 32000"),
        (dlib.integer(2**60) + dlib.integer(1000), "number", "too large"),
        (dlib.integer(65) + bytes(65), "text", "text of 65 bytes"),
        (dlib.integer(-1), "text", "text of -1 bytes"),
        (dlib.integer(1) + b"\xff", "text", "not ASCII"),
        (dlib.sizes(1, -1, 1, 1), "sizes", "negative size"),
        (dlib.integer(1), "tensor", "version 1 instead of 2"),
        (dlib.tensor(np.full((1, 1, 1, 1), np.nan, np.float32)), "tensor", "NaN or infinite"),
        (dlib.integer(2) + dlib.sizes(2**31, 2**31, 1, 1), "tensor", "ends too early"),
    ],
)
def test_what_is_no_such_value_is_refused(content: bytes, kind: str, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        getattr(DlibReader(content), kind)()


def test_another_layer_and_a_rest_are_refused() -> None:
    with pytest.raises(WeightsError, match="'bn_con2' instead of con_4 or con_5"):
        DlibReader(dlib.text("bn_con2")).tag("con_4", "con_5")
    with pytest.raises(WeightsError, match="1 bytes too many"):
        DlibReader(b"0").end()
