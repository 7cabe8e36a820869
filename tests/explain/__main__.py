"""`./run explain`: draws the pictures of docs/what_it_sees.md and writes its figures. Impure: files, output."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from demo.errors import DemoError
from demo.portrait import load_face
from models.bundle import DEFAULT_BUNDLE, RELEASE_SHA256, Bundle
from models.errors import ModelError
from tests.evaluation.people import Person
from tests.explain.eye import Eye
from tests.explain.page import PAGE, PARTS, PICTURES, written_to
from tests.marked_parts import with_part


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 where the models or the portrait are missing."""
    argparse.ArgumentParser(prog="./run explain", description=__doc__).parse_args(arguments)
    try:
        bundle = Bundle.open(DEFAULT_BUNDLE, sha256=RELEASE_SHA256)
        face = load_face(bundle)
    except (ModelError, DemoError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    eye = Eye(bundle, Person("portrait", face.picture, face.points))
    parts = []
    for name, make in PARTS.items():
        sys.stdout.write(f"{name}\n")
        parts.append(make(eye))
    page = PAGE.read_text(encoding="utf-8")
    for part in parts:
        page = with_part(page, part.name, part.text)
    PAGE.write_text(page, encoding="utf-8")
    size = written_to(PICTURES, parts)
    sys.stdout.write(f"{PAGE} and {PICTURES}: {size // 1024} kB of pictures\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
