"""What a bundle says of itself is read back, and anything of another form is refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import BundleError
from models.manifest import (
    FORMAT_VERSION,
    MANIFEST_BYTES_MAX,
    MODELS_MAX,
    Manifest,
    ModelEntry,
    TensorSpec,
    decode_manifest,
    encode_manifest,
)
from tests.models.small_bundle import MANIFEST, entry

HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
TENSORS = st.lists(
    st.builds(
        TensorSpec,
        shape=st.lists(st.integers(1, 5000), min_size=1, max_size=4).map(tuple),
        dtype=st.sampled_from(["float32", "uint8"]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
ENTRIES = st.builds(
    ModelEntry,
    name=st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True),
    member=st.from_regex(r"[a-z0-9_]{1,64}\.tflite", fullmatch=True),
    package=st.text(max_size=20),
    package_version=st.text(max_size=10),
    package_sha256=HASHES,
    original=st.text(max_size=40),
    original_sha256=HASHES,
    conversion=st.text(max_size=40),
    licence=st.text(max_size=20),
    inputs=TENSORS,
    outputs=TENSORS,
    sha256=HASHES,
    size_bytes=st.integers(0, 2**31),
)


@settings(max_examples=30)
@given(st.lists(ENTRIES, max_size=3, unique_by=(lambda one: one.name, lambda one: one.member)))
def test_a_manifest_is_read_back(entries: list[ModelEntry]) -> None:
    manifest = Manifest(format=MANIFEST.format, version=FORMAT_VERSION, models=tuple(entries))
    content = encode_manifest(manifest)
    assert decode_manifest(content) == manifest
    assert encode_manifest(decode_manifest(content)) == content


@pytest.mark.fault(49)
@given(st.binary(max_size=200))
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json"):
        decode_manifest(content)


@pytest.mark.fault(8)
@pytest.mark.fault(49)
@pytest.mark.parametrize("begins", [b"[", b'{"x":[', b'{"format":"countersign-models","version":1,"models":['])
def test_what_is_nested_without_end_is_refused(begins: bytes) -> None:
    with pytest.raises(BundleError, match="damaged"):
        decode_manifest(begins + b"[" * (MANIFEST_BYTES_MAX - len(begins)))


@pytest.mark.fault(49)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "zoo"}, "of format 'zoo'"),
        ({"version": FORMAT_VERSION + 1, "models": "in a new form"}, "version 2, this program reads version 1"),
        ({"version": "1"}, "damaged"),
        ({"models": [{}]}, "damaged"),
        ({"more": 1}, "damaged.*more"),
        ({"version": 10**400}, "damaged"),
        ({"version": 0}, "version 0, this program reads version 1"),
        ({"format": "x" * 1_000}, "of format 'x{40}'"),
    ],
)
def test_another_form_is_refused_with_the_reason(change: dict[str, object], words: str) -> None:
    plain = msgspec.to_builtins(MANIFEST) | change
    with pytest.raises(BundleError, match=words):
        decode_manifest(msgspec.json.encode(plain))


@pytest.mark.fault(49)
@pytest.mark.parametrize(
    "change",
    [
        {"name": "../etc/passwd"},
        {"member": "a.tflite.exe"},
        {"sha256": "0" * 63},
        {"sha256": "A" * 64},
        {"size_bytes": "many"},
        {"inputs": [{"shape": ["x"], "dtype": "float32"}]},
    ],
)
def test_a_field_of_another_form_is_refused(change: dict[str, object]) -> None:
    plain = msgspec.to_builtins(MANIFEST)
    plain["models"] = [one | change for one in plain["models"]]
    with pytest.raises(BundleError, match="damaged"):
        decode_manifest(msgspec.json.encode(plain))


@pytest.mark.fault(49)
def test_doubles_and_too_many_are_refused() -> None:
    one, other = entry("a", b"1"), entry("b", b"2")
    for models in ((one, one), (one, msgspec.structs.replace(other, member=one.member))):
        with pytest.raises(BundleError, match=r"names 'a(\.tflite)?' twice"):
            decode_manifest(encode_manifest(msgspec.structs.replace(MANIFEST, models=models)))
    many = tuple(entry(f"n{number}", b"") for number in range(MODELS_MAX + 1))
    content = encode_manifest(msgspec.structs.replace(MANIFEST, models=many))
    assert len(content) < MANIFEST_BYTES_MAX
    with pytest.raises(BundleError, match="at most 64"):
        decode_manifest(content)
