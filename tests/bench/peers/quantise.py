"""Makes networks of 8-bit weights, and of 8-bit everything, out of float32 ones, by Google's AI Edge Quantizer.

`python -m tests.bench.peers.quantise FOLDER`, in an environment of its own: of every NAME.tflite in FOLDER, NAME.npy
holds inputs as a capture gives them, from which the ranges of what flows through the network are learnt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils
from ai_edge_quantizer import algorithm_manager, qtyping, quantizer


def main(folder: str) -> None:
    """Writes NAME-int8-weights.tflite, NAME-int8-dynamic.tflite and NAME-int8.tflite for each."""
    for wide in sorted(Path(folder).glob("*.tflite")):
        samples = np.load(wide.with_suffix(".npy"))
        _sign(wide)
        for way in ("int8-weights", "int8-dynamic", "int8"):
            made = quantizer.Quantizer(str(wide))
            _WAYS[way](made)
            learnt = made.calibrate({None: [{"input": one} for one in samples]}) if made.need_calibration else None
            made.quantize(learnt).export_model(str(wide.with_name(f"{wide.stem}-{way}.tflite")), overwrite=True)


def _weights(made: Any) -> None:
    """Weights of 8 bits, widened when the network is loaded: it computes in float32."""
    made.add_weight_only_config(".*", _EVERY, num_bits=8)


def _dynamic(made: Any) -> None:
    """Weights of 8 bits; what meets them is narrowed as it comes."""
    made.add_dynamic_config(".*", _EVERY, num_bits=8)


def _static(made: Any) -> None:
    """Everything of 8 bits, in ranges that were learnt, but what goes in and comes out."""
    made.add_static_config(".*", _EVERY, activation_num_bits=8, weight_num_bits=8)
    for end in (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT):
        made.update_quantization_recipe(".*", end, algorithm_key=algorithm_manager.AlgorithmName.NO_QUANTIZE)


_EVERY = qtyping.TFLOperationName.ALL_SUPPORTED
_WAYS: Mapping[str, Callable[[Any], None]] = {"int8-weights": _weights, "int8-dynamic": _dynamic, "int8": _static}


def _sign(network: Path) -> None:
    """Names the network's input and output, as the quantiser wants it."""
    model = flatbuffer_utils.read_model(str(network))
    graph, signature = model.subgraphs[0], schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = b"serving_default", 0
    signature.inputs = [_named(b"input", graph.inputs[0])]
    signature.outputs = [_named(b"output", graph.outputs[0])]
    model.signatureDefs = [signature]
    flatbuffer_utils.write_model(model, str(network))


def _named(name: bytes, tensor: int) -> Any:
    named = schema.TensorMapT()
    named.name, named.tensorIndex = name, tensor
    return named


if __name__ == "__main__":
    main(*sys.argv[1:])
