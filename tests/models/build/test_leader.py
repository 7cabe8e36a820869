"""The minutiae network's conversion: sizes, and weights files that are none."""

from __future__ import annotations

import pytest

from models.build.leader import convert, read_weights
from models.build.recipe import NETWORKS, Conversion
from models.errors import BuildError, WeightsError
from models.interpreter import Interpreter
from tests.models.build.originals import original

MINUTIAE = next(network for network in NETWORKS if network.conversion is Conversion.LEADER)


def test_other_sizes_can_be_built_for_other_readers() -> None:
    network = Interpreter(convert(original(MINUTIAE.original), width=160, height=96))
    assert network.inputs[0].shape == (1, 96, 160, 1)
    assert network.outputs[0].shape == (1, 96, 160, 4)


@pytest.mark.parametrize(("width", "height"), [(0, 32), (-32, 32), (100, 192), (192, 100)])
def test_sizes_that_the_network_cannot_halve_are_refused(width: int, height: int) -> None:
    with pytest.raises(BuildError, match="multiples of 32"):
        convert(b"", width=width, height=height)


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", bytes(4096)], ids=["empty", "tag", "zero"])
def test_what_is_no_weights_file_is_refused(content: bytes) -> None:
    with pytest.raises(WeightsError, match="damaged"):
        read_weights(content)


def test_a_truncated_weights_file_is_refused() -> None:
    content = original(MINUTIAE.original)
    with pytest.raises(WeightsError):
        convert(content[: len(content) // 2], width=64, height=64)
