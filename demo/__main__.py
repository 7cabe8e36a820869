"""`python -m demo`, called by `./run demo`: complete payments through every real part. Impure throughout.

Exit status: 0 if every scene ended exactly as it should, 1 if not, 2 for a wrong call, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from demo import pictures
from demo.errors import DemoError
from demo.narration import Ink, Narrator
from demo.performance import Wishes, perform
from demo.scenes import SCENES, scene_named
from server_mqtt.shell.errors import ServerError
from terminal.texts.languages import Language

OUT = Path("demo-out")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command's entry; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    narrator = Narrator(sys.stdout, os.environ)
    scenes = SCENES if options.scene is None else tuple(filter(None, map(scene_named, options.scene)))
    if options.pictures is not None and all(scene.name != pictures.SCENE for scene in scenes):
        parser.error(f"the pictures are of the scene {pictures.SCENE}, which is not played")
    wishes = Wishes(scenes=scenes, out=options.out, language=options.language, pictures=options.pictures)
    try:
        with _private_folder(keep=options.keep, narrator=narrator) as folder:
            return 0 if perform(wishes, folder, narrator) else 1
    except BrokenPipeError:  # whoever read along has gone; there is nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (DemoError, ServerError) as error:
        narrator.say(f"\nThe demo could not be played to its end: {error}", Ink.BAD)
        return 1
    except KeyboardInterrupt:
        narrator.say("\nStopped; everything the demo had started was ended.", Ink.BAD)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run demo",
        description="Plays complete payments with a real Mosquitto, the real server and two real terminals.",
    )
    names = [scene.name for scene in SCENES]
    parser.add_argument("--scene", action="append", choices=names, help="only this one (may be repeated)")
    parser.add_argument("--out", type=Path, default=OUT, help="where report and pictures go (%(default)s)")
    parser.add_argument(
        "--language",
        type=Language,
        choices=list(Language),
        help="what the people read in every scene; without it one scene is in Chinese",
    )
    parser.add_argument("--keep", action="store_true", help="keep the private folder: keys, database, logs")
    parser.add_argument("--pictures", type=Path, help="also write the README's pictures into this folder")
    return parser


@contextmanager
def _private_folder(*, keep: bool, narrator: Narrator) -> Iterator[Path]:
    """A folder that only this user can read; it goes away with all keys in it unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="countersign-demo-"))
    try:
        yield folder
    finally:
        if keep:
            narrator.say(f"Kept: {folder}")
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
