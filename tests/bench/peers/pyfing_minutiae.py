"""pyfing's minutiae (LEADER) on TensorFlow: `python -m tests.bench.peers.pyfing_minutiae`, see `serve`."""

from __future__ import annotations

import sys
from typing import Any

import cv2
import pyfing
import tensorflow as tf

from tests.bench.peers.serve import Peer, serve


def ready(_variant: str, threads: int) -> Peer:
    """A picture is uint8[H,W], an answer its minutiae: x, y, direction, type, quality."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    cv2.setNumThreads(threads)
    about = f"pyfing 0.7.3 (LEADER, TensorFlow {tf.__version__})"
    return Peer(about, pyfing.minutiae_extraction, _plain)


def _plain(minutiae: Any) -> list[tuple[int, int, float, str, float]]:
    return [(int(one.x), int(one.y), float(one.direction), str(one.type), float(one.quality)) for one in minutiae]


if __name__ == "__main__":
    serve(ready, sys.argv[1:])
