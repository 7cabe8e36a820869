"""A whole bundle of two tiny networks, for tests of what carries and loads bundles."""

from __future__ import annotations

import hashlib
import io
from functools import cache

import numpy as np

from models.build.assemble import pack
from models.build.flatbuffer import to_tflite
from models.build.graph import Graph
from models.bundle import MANIFEST_MEMBER, Bundle
from models.manifest import FORMAT, FORMAT_VERSION, Manifest, ModelEntry, TensorSpec, encode_manifest


@cache
def network(factor: float) -> bytes:
    """A .tflite file: float32 (1, 2, 2, 1) times `factor`."""
    graph = Graph(f"times {factor}")
    x = graph.input("x", (1, 2, 2, 1))
    graph.output(graph.multiply(x, graph.constant(np.array([factor]))))
    return to_tflite(graph)


def entry(name: str, content: bytes) -> ModelEntry:
    shape = TensorSpec((1, 2, 2, 1), "float32")
    return ModelEntry(
        name=name,
        member=f"{name}.tflite",
        package="none",
        package_version="1.0",
        package_sha256="0" * 64,
        original="none",
        original_sha256="1" * 64,
        conversion="none",
        licence="CC0-1.0",
        inputs=(shape,),
        outputs=(shape,),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )


CONTENTS = {"double": network(2.0), "half": network(0.5)}
MANIFEST = Manifest(
    format=FORMAT, version=FORMAT_VERSION, models=tuple(entry(name, content) for name, content in CONTENTS.items())
)


def small_archive(manifest: Manifest = MANIFEST, contents: dict[str, bytes] | None = None) -> bytes:
    """The bundle's file; with another manifest or other contents than belong together, a forged one."""
    networks = CONTENTS if contents is None else contents
    return pack(
        [
            (MANIFEST_MEMBER, encode_manifest(manifest)),
            *((f"{name}.tflite", content) for name, content in networks.items()),
        ]
    )


def read(archive: bytes, sha256: str | None = None) -> Bundle:
    """What `Bundle.open` does with a file of this content."""
    return Bundle._read(io.BytesIO(archive), sha256)


def small_bundle() -> Bundle:
    """The bundle, opened."""
    return read(small_archive())
