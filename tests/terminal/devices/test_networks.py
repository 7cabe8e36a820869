"""Every network of a terminal is made once, with the threads that the terminal is told to give it."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.camera.puppet import Puppet
from firmware_bridge.finger_synthesis import SyntheticFinger
from models import interpreter
from models.bundle import DEFAULT_BUNDLE
from models.errors import ModelError
from models.face.capture import FaceCapture, FaceEnrolment
from models.fingerprint.extractor import FORMATS
from models.interpreter import THREADS_MAX
from models.liveness.challenge import Action
from terminal.devices.networks import load_networks
from tests.bundle import model_bundle
from tests.models.liveness.test_passive_model import colours
from tests.portrait import portrait, portrait_mesh
from tests.terminal.counter import ROOT

pytestmark = pytest.mark.models

FRAMES_MS = range(0, 1_000, 50)


class Runtimes:
    """Notes what the real runtime is asked to load."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: Counter[str] = Counter()
        self.threads: set[int] = set()
        self._real = vars(interpreter)["_Runtime"]
        monkeypatch.setattr(interpreter, "_Runtime", self._make)

    def _make(self, *, model_content: bytes, num_threads: int) -> Any:
        self.made[hashlib.sha256(model_content).hexdigest()] += 1
        self.threads.add(num_threads)
        return self._real(model_content=model_content, num_threads=num_threads)


@pytest.fixture
def runtimes(monkeypatch: pytest.MonkeyPatch) -> Runtimes:
    portrait_mesh()  # made with networks of its own, once for all tests
    return Runtimes(monkeypatch)


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "own.tflite"
    path.write_bytes(colours())
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_captures_make_no_network_anew(runtimes: Runtimes, own: tuple[Path, str]) -> None:
    """Two faces' captures, an enrolment and two touches of either reader: seven networks, each once."""
    networks = load_networks(ROOT / DEFAULT_BUNDLE, own)
    person = Puppet(portrait(), portrait_mesh())
    finger = SyntheticFinger(1)
    touches = {form: finger.impression(0, width=form.width, height=form.height, dpi=form.dpi) for form in FORMATS}
    challenge = (Action.BLINK, Action.TURN_LEFT)
    for _ in range(2):
        capture = FaceCapture(networks.pipeline, networks.embedder, challenge, watch=networks.watch)
        for t_ms in FRAMES_MS:
            capture.feed(person.frame(t_ms), t_ms)
        for form, touch in touches.items():
            networks.extractor.run(touch, form.dpi)
    enrolment = FaceEnrolment(networks.pipeline, networks.embedder, frames=1)
    assert any(enrolment.feed(person.frame(t_ms), t_ms).done for t_ms in FRAMES_MS)
    bundle = model_bundle()
    every = {bundle.entry(name).sha256 for name in bundle.names} | {own[1]}
    assert runtimes.made == dict.fromkeys(every, 1)
    assert runtimes.threads == {1}


def test_every_network_gets_the_threads_that_are_asked_for(runtimes: Runtimes, own: tuple[Path, str]) -> None:
    """Those of the readers, which are loaded at their first image, too."""
    networks = load_networks(ROOT / DEFAULT_BUNDLE, own, threads=3)
    for form in FORMATS:
        networks.extractor._network(form)
    assert runtimes.made.total() == 7
    assert runtimes.threads == {3}


@pytest.mark.parametrize("threads", [0, THREADS_MAX + 1])
def test_a_number_of_threads_that_cannot_be_is_refused(threads: int) -> None:
    model_bundle()
    with pytest.raises(ModelError, match=f"1 to {THREADS_MAX}"):
        load_networks(ROOT / DEFAULT_BUNDLE, threads=threads)
