"""Small packages as an index would hold them, and an index in memory."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping

from models.build.recipe import Original, Package

CHUNK_BYTES = 1000


def wheel(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def source(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def package(file_name: str, content: bytes, *, name: str = "countersign-sample") -> Package:
    return Package(name, "1.0", file_name, hashlib.sha256(content).hexdigest(), len(content))


def original(one: Package, member: str, content: bytes) -> Original:
    return Original(one, member, hashlib.sha256(content).hexdigest(), "CC0-1.0")


class MemoryIndex:
    """An `Index` of the given files; `asked` is what was fetched, in order."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.asked: list[str] = []

    def chunks(self, package: Package) -> Iterator[bytes]:
        self.asked.append(package.file_name)
        content = self._files[package.file_name]
        for start in range(0, len(content), CHUNK_BYTES):
            yield content[start : start + CHUNK_BYTES]
