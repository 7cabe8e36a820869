"""From original files to the bundle's bytes. Pure, apart from loading each network once to ask it for its shapes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from models.archive import describe, directory, local_header
from models.build import leader, resnet
from models.build.recipe import Conversion, Network, Original
from models.bundle import MANIFEST_MEMBER
from models.errors import BuildError
from models.interpreter import Interpreter, TensorShape
from models.manifest import FORMAT, FORMAT_VERSION, Manifest, ModelEntry, TensorSpec, encode_manifest


def assemble(networks: Sequence[Network], originals: Mapping[Original, bytes]) -> tuple[bytes, str]:
    """The bundle's bytes and its SHA-256 (of the manifest).

    Raises BuildError where an original cannot be converted, ModelError where the runtime refuses the outcome.
    """
    contents = [converted(network, originals[network.original]) for network in networks]
    entries = tuple(_entry(network, content) for network, content in zip(networks, contents, strict=True))
    manifest = encode_manifest(Manifest(format=FORMAT, version=FORMAT_VERSION, models=entries))
    names = [MANIFEST_MEMBER, *(entry.member for entry in entries)]
    return pack(list(zip(names, [manifest, *contents], strict=True))), hashlib.sha256(manifest).hexdigest()


def pack(files: Sequence[tuple[str, bytes]]) -> bytes:
    """The archive of these members, in this order (see `models.archive`)."""
    members = [describe(name, content) for name, content in files]
    parts: list[bytes] = []
    for member, (_, content) in zip(members, files, strict=True):
        parts += (local_header(member), content)
    return b"".join((*parts, directory(members)))


def converted(network: Network, original: bytes) -> bytes:
    """The .tflite file of `network`. Raises BuildError."""
    if network.conversion is Conversion.NONE:
        return original
    if network.conversion is Conversion.RESNET:
        return resnet.convert(original)
    if network.size_px is None:
        raise BuildError(f"the recipe gives no size for {network.name}")
    width, height = network.size_px
    return leader.convert(original, width=width, height=height)


def _entry(network: Network, content: bytes) -> ModelEntry:
    loaded = Interpreter(content)
    return ModelEntry(
        name=network.name,
        member=f"{network.name}.tflite",
        package=network.original.package.name,
        package_version=network.original.package.version,
        package_sha256=network.original.package.sha256,
        original=network.original.member,
        original_sha256=network.original.sha256,
        conversion=network.conversion.value,
        licence=network.original.licence,
        inputs=tuple(_spec(shape) for shape in loaded.inputs),
        outputs=tuple(_spec(shape) for shape in loaded.outputs),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )


def _spec(shape: TensorShape) -> TensorSpec:
    return TensorSpec(shape.shape, shape.dtype)
