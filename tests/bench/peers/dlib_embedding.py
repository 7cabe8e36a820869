"""dlib's own face network on aligned faces: `python -m tests.bench.peers.dlib_embedding`, see `serve`."""

from __future__ import annotations

import sys
from pathlib import Path

import dlib

from tests.bench.peers.serve import Peer, serve

WEIGHTS = Path(".cache/downloads/originals/dlib_face_recognition_resnet_model_v1.dat")
"""Left there by `./run models`."""


def ready(_variant: str, _threads: int) -> Peer:
    """A picture is a chip uint8[150,150,3], an answer its 128 numbers. The environment says how many threads."""
    network = dlib.face_recognition_model_v1(str(WEIGHTS))
    blas = "with" if dlib.DLIB_USE_BLAS else "without"
    return Peer(f"dlib {dlib.__version__} {blas} BLAS", network.compute_face_descriptor, list)


if __name__ == "__main__":
    serve(ready, sys.argv[1:])
