"""What a model bundle says about itself: where each network came from, under which licence, and its hash. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec

from models.errors import BundleError

FORMAT = "countersign-models"
# Raised when the meaning of a field or of a network's input or output changes: old code must refuse a new bundle.
FORMAT_VERSION = 1

# So that any version there will be is said as such; what is more is damage.
VERSION_MAX = 1_000_000

# 40 times today's manifest: nothing bigger is one.
MANIFEST_BYTES_MAX = 256 * 1024
MODELS_MAX = 64


ModelName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,64}$")]
MemberName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,64}\.tflite$")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class TensorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An input or output: its sizes, the batch first, and numpy's name of its type."""

    shape: tuple[int, ...]
    dtype: str


class ModelEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One network of the bundle."""

    name: ModelName
    member: MemberName
    package: str
    package_version: str
    package_sha256: Sha256
    original: str
    original_sha256: Sha256
    conversion: str
    licence: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    sha256: Sha256
    size_bytes: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bundle's table of contents, in the order of the members that follow it."""

    format: str
    version: int
    models: tuple[ModelEntry, ...]


class _Header(msgspec.Struct, frozen=True):
    format: str
    version: Annotated[int, msgspec.Meta(ge=0, le=VERSION_MAX)]


def encode_manifest(manifest: Manifest) -> bytes:
    """The one byte string that stands for `manifest`: indented JSON that a technician can read."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode_manifest(content: bytes) -> Manifest:
    """Read a manifest back.

    Raises BundleError: not a manifest, another format version (said before anything else is looked at), a name
    or member that occurs twice.
    """
    try:
        header = msgspec.json.decode(content, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"manifest.json is damaged: {error}") from error
    if header.format != FORMAT:
        raise BundleError(f"manifest.json is of format {header.format[:40]!r}, not {FORMAT!r}")
    if header.version != FORMAT_VERSION:
        raise BundleError(
            f"the bundle has format version {header.version}, this program reads version {FORMAT_VERSION}: "
            "build the bundle again with ./run models"
        )
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"manifest.json is damaged: {error}") from error
    _refuse_doubles(manifest)
    return manifest


def _refuse_doubles(manifest: Manifest) -> None:
    if len(manifest.models) > MODELS_MAX:
        raise BundleError(f"manifest.json lists {len(manifest.models)} models, at most {MODELS_MAX} are read")
    for field in ("name", "member"):
        seen: set[str] = set()
        for entry in manifest.models:
            value: str = getattr(entry, field)
            if value in seen:
                raise BundleError(f"manifest.json names {value!r} twice")
            seen.add(value)
