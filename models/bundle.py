"""The model bundle as a running program sees it: opened once, every byte verified, networks by name.

Impure: reads the one file it is given, once, from beginning to end.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from models.archive import Member, read_end, read_member
from models.errors import BundleError
from models.manifest import MANIFEST_BYTES_MAX, Manifest, ModelEntry, decode_manifest

DEFAULT_BUNDLE = Path(".cache/models/countersign-models.bundle")
MANIFEST_MEMBER = "manifest.json"
RELEASE_SHA256 = "4b00b57940429741fd80df172790e06e054879d33cc62f7d0763247e0d81fa67"
"""`Bundle.sha256` of the bundle that this release builds and is tested with; a terminal asks for it and no other."""


class Bundle:
    """Networks that were verified when the file was opened. What was verified is what `model` gives out."""

    def __init__(self, manifest: Manifest, sha256: str, contents: dict[str, bytes]) -> None:
        self.manifest = manifest
        self.sha256 = sha256
        self._contents = contents

    @classmethod
    def open(cls, path: Path, *, sha256: str | None = None) -> Bundle:
        """Read and verify the bundle at `path`.

        The manifest's hash is `Bundle.sha256`; where the caller knows which bundle it wants, it passes that
        value as `sha256`. Raises BundleError, naming the member where there is one: no such file, truncated,
        damaged, tampered with, another format version, a missing or an extra member.
        """
        try:
            with path.open("rb") as stream:
                return cls._read(stream, sha256)
        except FileNotFoundError as error:
            raise BundleError(f"there is no model bundle at {path}: build it with ./run models") from error
        except OSError as error:
            raise BundleError(f"the model bundle at {path} cannot be read: {error.strerror}") from error

    @classmethod
    def _read(cls, stream: BinaryIO, expected_sha256: str | None) -> Bundle:
        record, content = read_member(stream, MANIFEST_MEMBER)
        if len(content) > MANIFEST_BYTES_MAX:
            raise BundleError(f"{MANIFEST_MEMBER} has {len(content)} bytes, at most {MANIFEST_BYTES_MAX} are read")
        sha256 = hashlib.sha256(content).hexdigest()
        if expected_sha256 is not None and sha256 != expected_sha256.lower():
            raise BundleError(f"{MANIFEST_MEMBER} has the SHA-256 {sha256}, {expected_sha256.lower()} was asked for")
        manifest = decode_manifest(content)
        records: list[Member] = [record]
        contents: dict[str, bytes] = {}
        for entry in manifest.models:
            record, content = read_member(stream, entry.member)
            _verify(entry, content)
            records.append(record)
            contents[entry.name] = content
        read_end(stream, records)
        return cls(manifest, sha256, contents)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the networks, in the order of the manifest."""
        return tuple(self._contents)

    def model(self, name: str) -> bytes:
        """The content of the network `name`, a .tflite file. Raises BundleError where the bundle has none such."""
        try:
            return self._contents[name]
        except KeyError:
            known = ", ".join(self._contents) or "nothing"
            raise BundleError(f"the bundle has no model {name!r}; it holds {known}") from None

    def entry(self, name: str) -> ModelEntry:
        """What the manifest says of the network `name`. Raises BundleError where the bundle has none such."""
        for entry in self.manifest.models:
            if entry.name == name:
                return entry
        raise BundleError(f"the manifest has no model {name!r}")


def _verify(entry: ModelEntry, content: bytes) -> None:
    if len(content) != entry.size_bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
        raise BundleError(f"the member {entry.member} is not the file that the manifest describes: build it again")
