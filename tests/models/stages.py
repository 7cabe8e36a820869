"""Every stage of face and finger, made once for all tests that try what they take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from models.face.alignment import FaceAligner
from models.face.detector import FaceDetector
from models.face.embedding import FaceEmbedder
from models.face.iris import IrisModel
from models.face.mesh import MeshModel
from models.face.pipeline import FacePipeline
from models.face.quality import QualityMeter
from models.fingerprint.extractor import MinutiaeExtractor
from tests.bundle import model_bundle


@dataclass(frozen=True)
class Stages:
    """Each made once; what one test leaves in them is no other's business."""

    pipeline: FacePipeline
    detector: FaceDetector
    mesh: MeshModel
    iris: IrisModel
    meter: QualityMeter
    aligner: FaceAligner
    embedder: FaceEmbedder
    extractor: MinutiaeExtractor


@cache
def stages() -> Stages:
    bundle = model_bundle()
    return Stages(
        FacePipeline(bundle),
        FaceDetector(bundle),
        MeshModel(bundle),
        IrisModel(bundle),
        QualityMeter(),
        FaceAligner(),
        FaceEmbedder(bundle),
        MinutiaeExtractor(bundle),
    )
