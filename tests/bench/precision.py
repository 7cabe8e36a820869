"""How exactly a network's weights need to be kept: size, time and error rates of each way, on real people and fingers.

On request only, for it needs the evaluation data and some ten minutes of a processor.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.build import leader, resnet
from models.build.__main__ import DEFAULT_DOWNLOADS
from models.build.graph import Graph, Tensor
from models.build.recipe import NETWORKS
from models.bundle import Bundle
from models.evaluate.collection import Layout, find_collections, pooled
from models.evaluate.faces import measure_faces
from models.evaluate.fingers import FingerEvaluation
from models.evaluate.measurement import Measurement
from models.fingerprint.extractor import FORMATS
from tests.bench import scene
from tests.bench.bare_networks import BareNetwork
from tests.bench.figure import Figure, amount
from tests.bench.peer_process import python_of
from tests.bench.race import Tell, timed
from tests.bench.stages import FaceStages
from tests.project_tree import ROOT

DATA: Final = Path(os.environ.get("COUNTERSIGN_DATA", ROOT.parent / "shared" / "data"))
SHIPPED: Final = "float16"
NARROW: Final = ("int8-weights", "int8-dynamic", "int8")
"""See `peers.quantise`."""
SLOWER_MAX: Final = 1.5
"""Times the time of what is shipped: whatever is slower will not be, and its errors are not counted."""
ROUNDS: Final = 5
POSITION_CHANNEL: Final = 0
"""Of LEADER's answer, see `models.build.leader`: an angle may turn right round, a minutia move to the next pixel."""
SAMPLES: Final = 12
"""Inputs that ranges are learnt from, and that outputs are compared on."""


class WideGraph(Graph):
    """Keeps its weights as they are: float32."""

    def weights(self, values: NDArray[Any]) -> Tensor:
        """See Graph."""
        return self.constant(values)


@dataclass(frozen=True, slots=True)
class Subject:
    """A network that was converted here: how it is made wide, what it is shown, which channels of its answer have no
    other scale than their own, and what it is measured on.
    """

    name: str
    wide: Callable[[bytes], bytes]
    inputs: Callable[[], NDArray[np.float32]]
    compared: int | slice
    measure: Callable[[Bundle, Callable[[], None]], list[Measurement]]


def precision(tell: Tell) -> Iterator[Figure]:
    """Of each network: size, time and how far it is from float32; then errors as `./run eval` counts them."""
    for subject in SUBJECTS:
        tell(f"{subject.name}: converting")
        inputs = subject.inputs()
        ways = _ways(subject, inputs)
        exact = _answers(ways["float32"], inputs)
        shipped_ms = _quickest_ms(ways[SHIPPED], inputs)
        for way, content in ways.items():
            name = f"precision-{subject.name}-{way}"
            difference = float(np.abs(_answers(content, inputs) - exact)[..., subject.compared].max())
            took_ms = _quickest_ms(content, inputs)
            for row, what, value, unit in (
                ("size", "file", len(content) / 1e6, "MB"),
                ("ms", "a run", took_ms, "ms"),
                ("difference", "largest difference from float32", difference, ""),
            ):
                yield amount(f"{name}-{row}", f"{subject.name}, {way}: {what}", value, unit, 1, bound=None, sound=True)
            if took_ms <= SLOWER_MAX * shipped_ms:
                yield from _errors(name, subject, way, content, tell)


def _ways(subject: Subject, inputs: NDArray[np.float32]) -> Mapping[str, bytes]:
    """The network as a file, by how it keeps its weights."""
    (original,) = (network.original.file_name for network in NETWORKS if network.name == subject.name)
    wide = subject.wide((ROOT / DEFAULT_DOWNLOADS / "originals" / original).read_bytes())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "wide.tflite").write_bytes(wide)
        np.save(folder / "wide.npy", inputs)
        subprocess.run((python_of("precision"), "-m", "tests.bench.peers.quantise", place), cwd=ROOT, check=True)
        narrow = {way: (folder / f"wide-{way}.tflite").read_bytes() for way in NARROW}
    return {"float32": wide, SHIPPED: scene.bundle().model(subject.name), **narrow}


def _answers(content: bytes, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    network = BareNetwork(content)
    return np.stack([network.run((given,))[0] for given in inputs])


def _quickest_ms(content: bytes, inputs: NDArray[np.float32]) -> float:
    network = BareNetwork(content)
    shown = [(given,) for given in inputs]
    return min(timed(network.run, shown).cpu_ms for _ in range(ROUNDS))


def _errors(name: str, subject: Subject, way: str, content: bytes, tell: Tell) -> Iterator[Figure]:
    """The equal error rate of single samples; and as in a payment, both errors at the threshold in use."""
    looked_at = 0

    def advance() -> None:
        nonlocal looked_at
        looked_at += 1
        tell(f"{subject.name}, {way}: {looked_at} images")

    for found in subject.measure(_with(subject.name, content), advance):
        what = f"{subject.name}, {way}: {found.what}"
        pairs = len(found.comparisons.mated)
        yield amount(
            f"{name}-{_protocol(found)}-eer", f"{what}: EER", 100 * found.eer, "%", pairs, bound=None, sound=True
        )
        if found.id.endswith("as-paid"):
            for row, rate in (("fnmr", found.fnmr), ("fmr", found.fmr)):
                said = f"{what}: {row.upper()} at the threshold in use"
                yield amount(f"{name}-{row}", said, 100 * rate.value, "%", rate.trials, bound=None, sound=True)


def _protocol(found: Measurement) -> str:
    return "as-paid" if found.id.endswith("as-paid") else "single"


def _with(name: str, content: bytes) -> Bundle:
    """This release's bundle with another file for one network, and judged by this release's thresholds."""
    bundle = scene.bundle()
    return Bundle(bundle.manifest, bundle.sha256, {one: bundle.model(one) for one in bundle.names} | {name: content})


def _faces(bundle: Bundle, advance: Callable[[], None]) -> list[Measurement]:
    people = [one for one in find_collections(DATA) if one.layout is Layout.PEOPLE]
    return measure_faces(pooled(people), bundle, advance)


def _fingers(bundle: Bundle, advance: Callable[[], None]) -> list[Measurement]:
    fingers = [one for one in find_collections(DATA) if one.layout is Layout.FINGERS]
    return FingerEvaluation(bundle, forms=FORMATS[:1]).measure(pooled(fingers), advance)


def _chips() -> NDArray[np.float32]:
    pictures = scene.frames()[:: scene.FRAMES // SAMPLES]
    stages = FaceStages(scene.bundle())
    meshes = scene.meshes(pictures)
    chips = [stages.align(*sight).copy() for sight in zip(pictures, meshes, strict=True)]
    return np.asarray(chips, np.float32)[:, None]


def _impressions() -> NDArray[np.float32]:
    return np.asarray(scene.fingers(SAMPLES, FORMATS[0]), np.float32)[:, None, :, :, None]


SUBJECTS: Final = (
    Subject("face_embedding", lambda content: resnet.convert(content, WideGraph), _chips, slice(None), _faces),
    Subject(
        "minutiae_192x192",
        lambda content: leader.convert(content, width=192, height=192, begin=WideGraph),
        _impressions,
        POSITION_CHANNEL,
        _fingers,
    ),
)
