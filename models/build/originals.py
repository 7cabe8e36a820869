"""The published files that the bundle is made of: fetched once, verified before every use. Impure: disk and network.

Of each package only the files that the recipe names are kept, and the package itself is deleted: 28 MB stay of
220, so that a rebuild needs no network and a Pi's card is not filled. The portrait's package stays whole.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from models.build.files import MEGABYTE, arriving, holds
from models.build.pip_index import Index, by_hand
from models.build.progress import Progress
from models.build.recipe import Original, Package
from models.errors import BuildError


class Originals:
    """The folder of downloads. Only one build at a time may use it (`files.alone`)."""

    def __init__(self, folder: Path, index: Index, progress: Progress) -> None:
        self._folder = folder
        self._index = index
        self._progress = progress

    def collect(self, wanted: Sequence[Original]) -> dict[Original, bytes]:
        """The content of every original. Raises BuildError where one cannot be had, or has another hash."""
        missing = [one for one in dict.fromkeys(wanted) if not holds(self._place(one), one.sha256)]
        for package in dict.fromkeys(one.package for one in missing):
            self.fetch(package)
            for one in missing:
                if one.package == package:
                    self._unpack(one)
            (self._folder / package.file_name).unlink(missing_ok=True)
        return {one: self._read(one) for one in wanted}

    def fetch(self, package: Package) -> None:
        """Have `package` in the folder, whole and verified. Raises BuildError."""
        place = self._folder / package.file_name
        if holds(place, package.sha256):
            return
        what = f"{package.name} {package.version}"
        digest, done = hashlib.sha256(), 0
        self._progress.begin(what, package.size_bytes)
        with arriving(place) as stream:
            for chunk in self._index.chunks(package):
                stream.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if done > package.size_bytes:
                    break
                self._progress.arrived(what, done, package.size_bytes)
            _require(package, done, digest.hexdigest())

    def _unpack(self, one: Original) -> None:
        content = _member(self._folder / one.package.file_name, one.member)
        if hashlib.sha256(content).hexdigest() != one.sha256:
            raise BuildError(f"{one.member} in {one.package.file_name} has another SHA-256 than the recipe says")
        with arriving(self._place(one)) as stream:
            stream.write(content)

    def _read(self, one: Original) -> bytes:
        try:
            content = self._place(one).read_bytes()
        except OSError as error:
            raise BuildError(f"{self._place(one)} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != one.sha256:
            raise BuildError(f"{self._place(one)} has changed while the build was running: call again")
        return content

    def _place(self, one: Original) -> Path:
        return self._folder / "originals" / one.file_name


def _require(package: Package, size_bytes: int, sha256: str) -> None:
    """Raise BuildError unless what arrived is the pinned file."""
    if size_bytes < package.size_bytes:
        raise BuildError(
            f"{package.file_name} ended after {size_bytes / MEGABYTE:.1f} of {package.size_bytes / MEGABYTE:.1f} MB: "
            f"the connection broke or a mirror's copy is damaged. Call again. {by_hand(package)}"
        )
    if size_bytes > package.size_bytes or sha256 != package.sha256:
        raise BuildError(
            f"{package.file_name} is not the published file: its SHA-256 is {sha256}, expected {package.sha256}. "
            f"A mirror or proxy changed it; nothing of it was used. {by_hand(package)}"
        )


def _member(archive: Path, name: str) -> bytes:
    """The content of one file of a wheel or source package; nothing else is unpacked. Raises BuildError."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(name)
        with tarfile.open(archive, "r|gz") as source:
            for entry in source:
                stream = source.extractfile(entry) if entry.name == name and entry.isreg() else None
                if stream is not None:
                    return stream.read()
    except (OSError, KeyError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
        raise BuildError(f"{archive.name} cannot be unpacked: {error}") from error
    raise BuildError(f"{archive.name} has no file {name}")
