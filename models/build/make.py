"""One build of the bundle, from the network to the file. Impure: disk, network."""

from __future__ import annotations

from pathlib import Path

from models.build.assemble import assemble
from models.build.files import MEGABYTE, alone, arriving
from models.build.originals import Originals
from models.build.pip_index import Index
from models.build.progress import Progress
from models.build.recipe import NETWORKS, PORTRAIT_PACKAGE
from models.bundle import RELEASE_SHA256
from models.errors import BuildError


def make(out: Path, downloads: Path, index: Index, progress: Progress) -> None:
    """Build the bundle at `out` from what is in `downloads`, fetching what is not.

    `out` is the whole bundle or what it was before. Raises BuildError with what to do about it.
    """
    with alone(downloads):
        originals = Originals(downloads, index, progress)
        contents = originals.collect([network.original for network in NETWORKS])
        originals.fetch(PORTRAIT_PACKAGE)
        progress.say("  converting and packing")
        bundle, sha256 = assemble(NETWORKS, contents)
        if sha256 != RELEASE_SHA256:
            raise BuildError(
                f"the bundle came out as {sha256}, not as the {RELEASE_SHA256} that models/bundle.py pins. Whoever "
                "changed how it is made writes the new value there; otherwise a library here computes differently"
            )
        with arriving(out) as stream:
            stream.write(bundle)
    progress.say(f"  {out}: {len(NETWORKS)} networks, {len(bundle) / MEGABYTE:.1f} MB, SHA-256 {sha256}")
