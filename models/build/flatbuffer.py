"""Writes a graph as a TFLite file: FlatBuffers with the published schema (PyPI's `tflite`). Pure.

The same graph gives the same bytes: nothing of the machine or the time goes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import flatbuffers
import numpy as np
import tflite

from models.build.graph import Graph, Operator, TensorRecord

_SCHEMA_VERSION = 3
_FILE_IDENTIFIER = b"TFL3"
# schema.fbs: `data:[ubyte] (force_align: 16)`; kernels read the weights in place.
_BUFFER_ALIGNMENT = 16
# Operator codes above this one do not fit the schema's old one-byte field.
_OLD_CODE_MAX = 127
_FIRST_BYTES = 1024


def to_tflite(graph: Graph) -> bytes:
    """The .tflite file of `graph`."""
    builder = flatbuffers.Builder(_FIRST_BYTES)
    buffers = [_buffer(builder, b"")]
    tensors = []
    for record in graph.tensors:
        place = 0
        if record.data is not None:
            place = len(buffers)
            buffers.append(_buffer(builder, record.data.tobytes()))
        tensors.append(_tensor(builder, record, place))
    codes = sorted({(operator.code, operator.version) for operator in graph.operators})
    operators = [
        _operator(builder, operator, codes.index((operator.code, operator.version))) for operator in graph.operators
    ]
    subgraph = _subgraph(builder, graph, tensors, operators)
    written_codes = [_operator_code(builder, code, version) for code, version in codes]
    description = builder.CreateString(graph.name)
    lists = [_offsets(builder, items) for items in (written_codes, [subgraph], buffers)]
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, _SCHEMA_VERSION)
    tflite.ModelAddOperatorCodes(builder, lists[0])
    tflite.ModelAddSubgraphs(builder, lists[1])
    tflite.ModelAddDescription(builder, description)
    tflite.ModelAddBuffers(builder, lists[2])
    builder.Finish(tflite.ModelEnd(builder), file_identifier=_FILE_IDENTIFIER)
    return bytes(builder.Output())


def _buffer(builder: Any, content: bytes) -> int:
    data = _bytes(builder, content) if content else None
    tflite.BufferStart(builder)
    if data is not None:
        tflite.BufferAddData(builder, data)
    return int(tflite.BufferEnd(builder))


def _bytes(builder: Any, content: bytes) -> int:
    builder.StartVector(1, len(content), _BUFFER_ALIGNMENT)
    builder.head = builder.head - len(content)
    builder.Bytes[builder.head : builder.head + len(content)] = content
    return int(builder.EndVector())


def _tensor(builder: Any, record: TensorRecord, buffer: int) -> int:
    name = builder.CreateString(record.name)
    shape = _integers(builder, record.shape)
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, getattr(tflite.TensorType, record.dtype.upper()))
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddName(builder, name)
    return int(tflite.TensorEnd(builder))


def _operator(builder: Any, operator: Operator, code_index: int) -> int:
    inputs, outputs = (_integers(builder, items) for items in (operator.inputs, operator.outputs))
    options = None if operator.options is None else _options(builder, operator)
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, code_index)
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if options is not None:
        tflite.OperatorAddBuiltinOptionsType(builder, getattr(tflite.BuiltinOptions, operator.options or ""))
        tflite.OperatorAddBuiltinOptions(builder, options)
    return int(tflite.OperatorEnd(builder))


def _options(builder: Any, operator: Operator) -> int:
    """The options table; its fields are set through the schema's generated functions of the same names."""
    table = operator.options
    getattr(tflite, f"{table}Start")(builder)
    for name, value in operator.fields.items():
        plain = getattr(tflite.TensorType, value) if isinstance(value, str) else value
        getattr(tflite, f"{table}Add{name}")(builder, plain)
    end: Callable[[Any], int] = getattr(tflite, f"{table}End")
    return end(builder)


def _operator_code(builder: Any, code: str, version: int) -> int:
    number = getattr(tflite.BuiltinOperator, code)
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, _OLD_CODE_MAX))
    tflite.OperatorCodeAddVersion(builder, version)
    tflite.OperatorCodeAddBuiltinCode(builder, number)
    return int(tflite.OperatorCodeEnd(builder))


def _subgraph(builder: Any, graph: Graph, tensors: Sequence[int], operators: Sequence[int]) -> int:
    name = builder.CreateString("main")
    inputs, outputs = _integers(builder, graph.inputs), _integers(builder, graph.outputs)
    tensor_list, operator_list = _offsets(builder, tensors), _offsets(builder, operators)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensor_list)
    tflite.SubGraphAddInputs(builder, inputs)
    tflite.SubGraphAddOutputs(builder, outputs)
    tflite.SubGraphAddOperators(builder, operator_list)
    tflite.SubGraphAddName(builder, name)
    return int(tflite.SubGraphEnd(builder))


def _integers(builder: Any, values: Sequence[int]) -> int:
    return int(builder.CreateNumpyVector(np.array(values, dtype=np.int32)))


def _offsets(builder: Any, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())
