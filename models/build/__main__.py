"""`python -m models.build`: the model bundle, built unless it is there. Impure: disk, network, standard streams."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.build.files import holds
from models.build.progress import Progress
from models.build.recipe import PORTRAIT_PACKAGE
from models.bundle import DEFAULT_BUNDLE, RELEASE_SHA256, Bundle
from models.errors import BundleError, ModelError

DEFAULT_DOWNLOADS = Path(".cache/downloads")
_INTERRUPTED = 128 + 2
"""What a shell reports of a program that SIGINT ended."""


def is_built(out: Path, downloads: Path) -> bool:
    """Whether everything that a build would leave is there, by hash."""
    try:
        Bundle.open(out, sha256=RELEASE_SHA256)
    except BundleError:
        return False
    return holds(downloads / PORTRAIT_PACKAGE.file_name, PORTRAIT_PACKAGE.sha256)


def _make(out: Path, downloads: Path, progress: Progress) -> None:
    # Imported only here: numpy, h5py and the runtime take longer to load than the check before takes to run.
    from models.build.make import make
    from models.build.pip_index import PipIndex

    make(out, downloads, PipIndex(), progress)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 the bundle is there, 1 it is not (standard error says why), 130 interrupted."""
    parser = argparse.ArgumentParser(prog="models.build", description="Build the model bundle from pinned packages.")
    parser.add_argument("--out", type=Path, default=DEFAULT_BUNDLE, help="where the bundle goes (%(default)s)")
    parser.add_argument("--downloads", type=Path, default=DEFAULT_DOWNLOADS, help="what was fetched (%(default)s)")
    parser.add_argument("--if-needed", action="store_true", help="do nothing where the bundle is there, intact")
    options = parser.parse_args(arguments)
    progress = Progress(sys.stderr)
    try:
        if options.if_needed and is_built(options.out, options.downloads):
            return 0
        progress.say(f"Model bundle {options.out}")
        _make(options.out, options.downloads, progress)
    except ModelError as error:
        progress.say(f"The model bundle cannot be built: {error}")
        return 1
    except KeyboardInterrupt:
        progress.say("\nStopped. What has arrived whole is kept: call again to go on.")
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
