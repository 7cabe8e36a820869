"""MediaPipe's own face landmarks, with tracking: `solutions.face_mesh` of the last release whose wheel has the models.

`python -m tests.bench.peers.mediapipe_mesh`, see `serve`. Variants: `plain` gives 468 points; `refined` adds irises
and finer eyes and lips, as the Face Landmarker task does (whose own model file is in no package).
"""

from __future__ import annotations

import sys
from typing import Any, Final

import cv2
import mediapipe
from mediapipe.calculators.tensor.inference_calculator_pb2 import InferenceCalculatorOptions
from mediapipe.python.solutions.face_mesh import FaceMesh

from tests.bench.peers.serve import Peer, serve

INFERENCE: Final = "InferenceCalculator"


class _Threaded(FaceMesh):
    """The same graph, each network on so many threads: MediaPipe takes one, and offers no other number."""

    threads = 1

    def _modify_calculator_options(self, graph: Any, parameters: Any) -> None:
        super()._modify_calculator_options(graph, parameters)
        for node in graph.node:
            if node.calculator.startswith(INFERENCE):
                _set_threads(node, self.threads)


def _set_threads(node: Any, threads: int) -> None:
    for packed in node.node_options:
        options = InferenceCalculatorOptions()
        if packed.Unpack(options):
            options.delegate.xnnpack.num_threads = threads
            packed.Pack(options)
            return
    node.options.Extensions[InferenceCalculatorOptions.ext].delegate.xnnpack.num_threads = threads


def ready(variant: str, threads: int) -> Peer:
    """A picture is uint8[H,W,3], an answer its points as shares of width and height."""
    cv2.setNumThreads(threads)
    _Threaded.threads = threads
    mesh = _Threaded(static_image_mode=False, max_num_faces=1, refine_landmarks=variant == "refined")
    return Peer(f"MediaPipe {mediapipe.__version__} face mesh, {variant}", mesh.process, _plain)


def _plain(answer: Any) -> list[tuple[float, float, float]]:
    faces = answer.multi_face_landmarks or ()
    return [(point.x, point.y, point.z) for face in faces for point in face.landmark]


if __name__ == "__main__":
    serve(ready, sys.argv[1:])
