"""Every network a capture needs, loaded once from the verified bundle. Impure: reads the bundle, holds interpreters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.bundle import RELEASE_SHA256, Bundle
from models.face.embedding import FaceEmbedder
from models.face.pipeline import FacePipeline
from models.fingerprint.cues.watch import TouchWatch
from models.fingerprint.extractor import MinutiaeExtractor
from models.interpreter import THREADS_DEFAULT
from models.liveness.cues.watch import PassiveWatch
from models.liveness.passive_model import PassiveModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """Used by one thread. `model_hash` is the bundle's: what a template was made with."""

    pipeline: FacePipeline
    embedder: FaceEmbedder
    extractor: MinutiaeExtractor
    model_hash: str
    watch: PassiveWatch
    touches: TouchWatch


def load_networks(
    path: Path, passive_model: tuple[Path, str] | None = None, *, threads: int = THREADS_DEFAULT
) -> Networks:
    """The networks of this release's bundle at `path`, and an operator's `passive_model`, by path and SHA-256; each
    runs on so many `threads`.

    Raises ModelError: missing, damaged, another, not loadable.
    """
    own = () if passive_model is None else (PassiveModel.open(*passive_model, threads=threads),)
    bundle = Bundle.open(path, sha256=RELEASE_SHA256)
    return Networks(
        pipeline=FacePipeline(bundle, threads=threads),
        embedder=FaceEmbedder(bundle, threads=threads),
        extractor=MinutiaeExtractor(bundle, threads=threads),
        model_hash=bundle.sha256,
        watch=PassiveWatch(own),
        touches=TouchWatch(),
    )
