"""What the bundle is made of: packages, the files taken out of them, and what becomes of each. Values only.

Every input is pinned by its hash and every conversion is exact arithmetic, so the bundle is the same to the last
byte on every machine; `models.bundle.RELEASE_SHA256` pins that, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Package:
    """One file of the package index; a wheel for x86-64 is read as a plain archive on any machine."""

    name: str
    version: str
    file_name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Original:
    """One file inside a package. `licence` is SPDX's name, or says what it is."""

    package: Package
    member: str
    sha256: str
    licence: str

    @property
    def file_name(self) -> str:
        return self.member.rsplit("/", 1)[-1]


class Conversion(Enum):
    """How a network is made; the value is what the manifest says of it."""

    NONE = "none: taken as published"
    RESNET = "models.build.resnet: affine layers folded, weights in half precision"
    LEADER = "models.build.leader: fixed size, weights in half precision"


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the bundle; `size_px` width and height where the conversion fixes them."""

    name: str
    original: Original
    conversion: Conversion
    size_px: tuple[int, int] | None = None


# The last release whose wheel carries the single networks: from 0.10.30 on they are gone.
_MEDIAPIPE = Package(
    name="mediapipe",
    version="0.10.21",
    file_name="mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
    sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    size_bytes=35_622_638,
)
_FACE_RECOGNITION_MODELS = Package(
    name="face_recognition_models",
    version="0.3.0",
    file_name="face_recognition_models-0.3.0.tar.gz",
    sha256="b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
    size_bytes=100_149_358,
)
_PYFING = Package(
    name="pyfing",
    version="0.7.3",
    file_name="pyfing-0.7.3-py2.py3-none-any.whl",
    sha256="4e11f7abd61d0782746161892862e554d845d73725e2a9822c13adf9231fd138",
    size_bytes=84_710_223,
)
# Not a network: its portrait is the demo's and the tests' face. Kept whole after the build, as they read it there.
PORTRAIT_PACKAGE = Package(
    name="scikit-image",
    version="0.25.2",
    file_name="scikit_image-0.25.2-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256="24cc986e1f4187a12aa319f777b36008764e856e5013666a4a83f8df083c2641",
    size_bytes=14_785_376,
)

_DETECTION = Original(
    package=_MEDIAPIPE,
    member="mediapipe/modules/face_detection/face_detection_short_range.tflite",
    sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    licence="Apache-2.0",
)
_MESH = Original(
    package=_MEDIAPIPE,
    member="mediapipe/modules/face_landmark/face_landmark.tflite",
    sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    licence="Apache-2.0",
)
_IRIS = Original(
    package=_MEDIAPIPE,
    member="mediapipe/modules/iris_landmark/iris_landmark.tflite",
    sha256="d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    licence="Apache-2.0",
)
# The package's other big file, shape_predictor_68, may not be used commercially: it is never unpacked.
_RESNET = Original(
    package=_FACE_RECOGNITION_MODELS,
    member="face_recognition_models-0.3.0/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    licence="CC0-1.0",
)
_LEADER = Original(
    package=_PYFING,
    member="pyfing/models/LEADER.weights.h5",
    sha256="0cbf12af936482d10ba54b23f40a9b192ab767df2f81bc96c5954585735fefe6",
    licence="MIT",
)

NETWORKS = (
    Network("face_detection", _DETECTION, Conversion.NONE),
    Network("face_mesh", _MESH, Conversion.NONE),
    Network("iris", _IRIS, Conversion.NONE),
    Network("face_embedding", _RESNET, Conversion.RESNET),
    Network("minutiae_192x192", _LEADER, Conversion.LEADER, (192, 192)),
    Network("minutiae_256x288", _LEADER, Conversion.LEADER, (256, 288)),
)
