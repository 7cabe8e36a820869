"""dlib's face network is read to its last byte and folded as written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.build.recipe import NETWORKS, Conversion
from models.build.resnet import BLOCKS, convert, layers, read_weights
from models.errors import WeightsError
from tests.models.build.dlib_writer import face_network
from tests.models.build.originals import original

SMALL = face_network(np.random.default_rng(1), channels=2, dimensions=3)
FACE = next(network for network in NETWORKS if network.conversion is Conversion.RESNET)


def test_the_structure_is_dlibs() -> None:
    """29 convolutions, and the one dense layer, as dlib's documentation counts them."""
    order = layers()
    assert order.count("con") == order.count("affine") == 1 + 2 * len(BLOCKS) == 29
    assert order.count("fc") == 1


def test_a_small_file_is_read_to_its_end() -> None:
    weights = read_weights(SMALL)
    assert weights.means == pytest.approx((122.782, 117.001, 104.298))
    assert [part.filters.shape for part in weights.convolutions] == [(2, 3, 7, 7)] + [(2, 2, 3, 3)] * 28
    assert [part.stride for part in weights.convolutions].count(2) == 1 + sum(halves for _, halves in BLOCKS)
    assert weights.embedding.shape == (3, 2)
    with pytest.raises(WeightsError, match="too many"):
        read_weights(SMALL + b"\0")


def test_affine_layers_are_folded_into_the_convolutions_before_them() -> None:
    """Twice the file's gamma is twice the filters; the bias is gamma times the file's bias, plus beta."""
    chance = np.random.default_rng(1)
    raw = chance.normal(0, 0.1, 2 * 3 * 49 + 2).astype(np.float32)
    affine = chance.normal(1, 0.1, 4).astype(np.float32)
    first = read_weights(SMALL).convolutions[0]
    filters, bias, gamma, beta = raw[:-2].reshape(2, 3, 7, 7), raw[-2:], affine[:2], affine[2:]
    assert first.filters == pytest.approx(filters * gamma[:, None, None, None])
    assert first.bias == pytest.approx(bias * gamma + beta)


@settings(max_examples=60)
@given(st.integers(0, len(SMALL) - 1))
def test_a_truncated_file_is_refused(length: int) -> None:
    with pytest.raises(WeightsError):
        read_weights(SMALL[:length])


@settings(max_examples=60)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_read_as_numbers(place: int, flip: int) -> None:
    content = bytearray(SMALL)
    content[place] ^= flip
    try:
        weights = read_weights(bytes(content))
    except WeightsError:
        return
    assert all(np.isfinite(part.filters).all() for part in weights.convolutions)


def test_another_network_in_the_same_form_is_not_converted() -> None:
    with pytest.raises(WeightsError, match="other sizes"):
        convert(SMALL)


def test_dlibs_own_file_is_read_to_its_last_byte_and_no_further() -> None:
    content = original(FACE.original)
    weights = read_weights(content)
    assert weights.means == pytest.approx((122.782, 117.001, 104.298))
    assert weights.embedding.shape == (128, 256)
    for damaged in (content[:-1], content + b"\0", content[: len(content) // 2]):
        with pytest.raises(WeightsError):
            convert(damaged)
