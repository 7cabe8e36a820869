"""The loader gives out what was verified, and refuses whatever is not the bundle that was asked for."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bundle import DEFAULT_BUNDLE, Bundle
from models.errors import BundleError
from models.interpreter import Interpreter
from models.manifest import MANIFEST_BYTES_MAX, Manifest, ModelEntry
from tests.bundle import model_bundle
from tests.models.small_bundle import CONTENTS, MANIFEST, network, read, small_archive

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = ("face_detection", "face_mesh", "iris", "face_embedding", "minutiae_192x192", "minutiae_256x288")


def test_gives_out_what_was_packed(tmp_path: Path) -> None:
    path = tmp_path / "small.bundle"
    path.write_bytes(small_archive())
    bundle = Bundle.open(path)
    assert bundle.names == tuple(CONTENTS)
    assert {name: bundle.model(name) for name in bundle.names} == CONTENTS
    assert bundle.entry("half") == MANIFEST.models[1]
    assert Bundle.open(path, sha256=bundle.sha256.upper()).sha256 == bundle.sha256
    path.unlink()  # copied or removed while it is in use: what was verified is what is given out
    assert bundle.model("double") == CONTENTS["double"]


@pytest.mark.fault(49)
@settings(max_examples=300)
@given(st.integers(0, len(small_archive()) - 1), st.integers(1, 255))
def test_any_flipped_byte_is_refused(place: int, flip: int) -> None:
    archive = bytearray(small_archive())
    archive[place] ^= flip
    with pytest.raises(BundleError):
        read(bytes(archive))


@pytest.mark.fault(49)
@given(st.integers(0, len(small_archive()) - 1))
def test_a_truncated_bundle_is_refused(length: int) -> None:
    with pytest.raises(BundleError):
        read(small_archive()[:length])


@pytest.mark.fault(49)
def test_a_network_whose_hash_differs_is_refused() -> None:
    """The archive around it is faultless: only the manifest tells that this is another network."""
    with pytest.raises(BundleError, match=r"half.tflite is not the file that the manifest describes"):
        read(small_archive(contents=CONTENTS | {"half": network(0.25)}))
    shorter = msgspec.structs.replace(MANIFEST.models[0], size_bytes=MANIFEST.models[0].size_bytes - 1)
    with pytest.raises(BundleError, match=r"double.tflite is not the file"):
        read(small_archive(_with(shorter, MANIFEST.models[1])))


@pytest.mark.fault(49)
def test_another_bundle_than_was_asked_for_is_refused(tmp_path: Path) -> None:
    """Whoever replaces a network and writes its hash into the manifest has another bundle."""
    path = tmp_path / "forged.bundle"
    contents = CONTENTS | {"half": network(0.25)}
    entry = msgspec.structs.replace(
        MANIFEST.models[1], sha256=_sha256(contents["half"]), size_bytes=len(contents["half"])
    )
    path.write_bytes(small_archive(_with(MANIFEST.models[0], entry), contents))
    assert Bundle.open(path).model("half") == network(0.25)
    wanted = read(small_archive()).sha256
    with pytest.raises(BundleError, match=f"{wanted} was asked for"):
        Bundle.open(path, sha256=wanted)


@pytest.mark.fault(49)
def test_members_that_are_missing_or_too_many_are_refused() -> None:
    with pytest.raises(BundleError, match=r"no member half.tflite"):
        read(small_archive(contents={"double": CONTENTS["double"]}))
    with pytest.raises(BundleError, match=r"extra member 'more.tflite'"):
        read(small_archive(contents=CONTENTS | {"more": b"x"}))
    long = msgspec.structs.replace(MANIFEST.models[0], licence="x" * MANIFEST_BYTES_MAX)
    with pytest.raises(BundleError, match="at most"):
        read(small_archive(_with(long, MANIFEST.models[1])))


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no model bundle at .*: build it with \./run models"):
        Bundle.open(tmp_path / "none")
    with pytest.raises(BundleError, match="cannot be read"):
        Bundle.open(tmp_path)
    with pytest.raises(BundleError, match="no model 'nose'; it holds double, half"):
        read(small_archive()).model("nose")
    with pytest.raises(BundleError, match="no model 'nose'"):
        read(small_archive()).entry("nose")


@pytest.mark.models
def test_the_real_bundle_names_every_source_and_can_be_copied(tmp_path: Path) -> None:
    bundle = model_bundle()
    assert bundle.names == NETWORKS
    for name in NETWORKS:
        entry = bundle.entry(name)
        assert entry.licence in {"Apache-2.0", "CC0-1.0", "MIT"}
        assert all((entry.package, entry.package_version, entry.original, entry.conversion))
    copy = tmp_path / "elsewhere.bundle"
    shutil.copyfile(ROOT / DEFAULT_BUNDLE, copy)
    assert Bundle.open(copy, sha256=bundle.sha256).names == NETWORKS


@pytest.mark.models
@pytest.mark.parametrize("name", NETWORKS)
def test_the_manifests_shapes_are_the_networks(name: str) -> None:
    entry, loaded = model_bundle().entry(name), Interpreter(model_bundle().model(name))
    assert [(one.shape, one.dtype) for one in entry.inputs] == [(one.shape, one.dtype) for one in loaded.inputs]
    assert [(one.shape, one.dtype) for one in entry.outputs] == [(one.shape, one.dtype) for one in loaded.outputs]


@pytest.mark.models
@pytest.mark.fault(49)
@pytest.mark.parametrize("share", [0.001, 0.3, 0.6, 0.999])
def test_a_damaged_copy_of_the_real_bundle_is_refused(tmp_path: Path, share: float) -> None:
    model_bundle()
    content = bytearray((ROOT / DEFAULT_BUNDLE).read_bytes())
    place = int(share * len(content))
    content[place] ^= 1
    (tmp_path / "flipped").write_bytes(content)
    (tmp_path / "short").write_bytes(content[:place])
    for name in ("flipped", "short"):
        with pytest.raises(BundleError):
            Bundle.open(tmp_path / name)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _with(*entries: ModelEntry) -> Manifest:
    return msgspec.structs.replace(MANIFEST, models=entries)
