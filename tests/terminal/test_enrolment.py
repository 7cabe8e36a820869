"""An enrolment on emulated sensors becomes a file that the real server stores, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from numpy.typing import NDArray

from firmware_bridge.camera.puppet import Puppet
from firmware_bridge.camera.sources import Noisy, StillImage
from firmware_bridge.errors import SensorUnplugged
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader import R503Reader
from server_mqtt.contract import codec
from server_mqtt.contract.messages import Enrolment, Modality, Probe
from server_mqtt.contract.sealing import enrolment_context, open_sealed
from server_mqtt.contract.signing import Direction
from server_mqtt.shell import people
from server_mqtt.shell.enrolment import enrol
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.store import migrate, open_store
from terminal import enrolment as enrolment_module
from terminal.config import TerminalConfig, load_config
from terminal.devices.keys import load_keys
from terminal.enrolment import Wanted, capture_enrolment
from terminal.errors import EnrolmentError
from tests.portrait import portrait, portrait_mesh
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYEE, write_config
from tests.terminal.devices.bench import networks
from tests.terminal.emulated import Hand, Stage, camera_on
from tests.terminal.messages import PAYEE_ACCOUNT
from tests.terminal.server_end import ServerEnd

pytestmark = [pytest.mark.broker, pytest.mark.models]


@pytest.fixture
def config(tmp_path: Path, broker: PrivateBroker, server: ServerEnd) -> TerminalConfig:
    return load_config(write_config(tmp_path / "payee", broker, server, PAYEE), {})


@pytest.fixture
def emulator() -> Iterator[PtyEmulator]:
    with PtyEmulator() as emulator:
        yield emulator


@pytest.fixture
def reader(emulator: PtyEmulator) -> Iterator[R503Reader]:
    with R503Reader.open(emulator.path) as reader:
        yield reader


def opened(server: ServerEnd, payload: bytes) -> tuple[Enrolment, list[Probe]]:
    envelope = codec.decode_envelope(payload)
    body = codec.decode_body(Direction.UP, envelope)
    assert isinstance(body, Enrolment)
    context = enrolment_context(body.enrolment_id, body.account, envelope.device)
    return body, [open_sealed(server.sealing, one, context) for one in body.probes]


def test_face_and_finger_become_references_at_the_real_server(
    config: TerminalConfig, server: ServerEnd, emulator: PtyEmulator, reader: R503Reader, tmp_path: Path
) -> None:
    said: list[str] = []
    camera = camera_on(Stage(Puppet(portrait(), portrait_mesh())))
    wanted = Wanted(account=PAYEE_ACCOUNT, camera=camera, reader=reader, impressions=5)
    with Hand(emulator, seed=3).tapping():
        payload = capture_enrolment(config, wanted, said.append, networks=networks())

    enrolment, probes = opened(server, payload)
    assert enrolment.account == PAYEE_ACCOUNT
    assert [probe.modality for probe in probes] == [Modality.FACE, *[Modality.FINGERPRINT] * 5]
    assert probes[0].samples == 5
    assert all(probe.liveness is None for probe in probes)
    assert len({probe.template for probe in probes}) == 6
    assert any("impression 5 of 5" in line for line in said)

    migrate(tmp_path / "server")
    store = open_store(tmp_path / "server")
    key = load_keys(config).device.public_key()
    assert isinstance(key, Ed25519PublicKey)
    with store.write() as connection:
        people.open_account(connection, PAYEE_ACCOUNT, "Corner Bakery", 0)
        people.add_device(connection, PAYEE, key, [PAYEE_ACCOUNT], 0)
        stored = enrol(connection, ReferenceProtection(bytes(32)), server.sealing, payload, 0)
    store.close()
    assert stored == enrolment


class Visitor:
    """Somebody who puts another picture on the reader each time they are asked to, in order, the last one for ever."""

    def __init__(self, emulator: PtyEmulator, *pictures: NDArray[np.uint8]) -> None:
        self._hand = Hand(emulator, seed=0)
        self._pictures = list(pictures)
        self._tapping = ExitStack()
        self.heard: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tapping.close()

    def say(self, line: str) -> None:
        """What the enrolment asks for."""
        self.heard.append(line)
        if "Put the finger" in line:
            picture = self._pictures.pop(0) if len(self._pictures) > 1 else self._pictures[0]
            self._tapping.close()
            self._tapping.enter_context(self._hand.tapping(picture))


def test_touches_that_add_nothing_are_not_taken(
    config: TerminalConfig, server: ServerEnd, emulator: PtyEmulator, reader: R503Reader
) -> None:
    finger, stranger = SyntheticFinger(3), SyntheticFinger(8)
    blank = np.full((192, 192), 250, np.uint8)
    first, *others = (finger.impression(number) for number in range(1, 5))
    wanted = Wanted(account=PAYEE_ACCOUNT, camera=None, reader=reader)
    with Visitor(emulator, first, first, blank, stranger.impression(1), *others) as visitor:
        _, probes = opened(server, capture_enrolment(config, wanted, visitor.say, networks=networks()))
    assert [probe.modality for probe in probes] == [Modality.FINGERPRINT] * 4
    heard = "\n".join(visitor.heard)
    assert "same part of the finger" in heard
    assert "no finger in the picture" in heard
    assert "another finger" in heard


def test_touches_that_are_all_useless_end_it(
    config: TerminalConfig, emulator: PtyEmulator, reader: R503Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment_module, "POOR_MAX", 3)
    wanted = Wanted(account=PAYEE_ACCOUNT, camera=None, reader=reader)
    blank = np.full((192, 192), 250, np.uint8)
    with Visitor(emulator, blank) as visitor, pytest.raises(EnrolmentError, match="3 touches were of no use"):
        capture_enrolment(config, wanted, visitor.say, networks=networks())


@pytest.mark.fault(56)
def test_an_enrolment_that_is_interrupted_is_nothing(
    config: TerminalConfig, emulator: PtyEmulator, reader: R503Reader
) -> None:
    def pull_the_cable(line: str) -> None:
        if "impression 3" in line:
            emulator.unplug()
        else:
            visitor.say(line)

    wanted = Wanted(account=PAYEE_ACCOUNT, camera=None, reader=reader)
    finger = SyntheticFinger(3)
    with Visitor(emulator, *map(finger.impression, range(1, 6))) as visitor, pytest.raises(SensorUnplugged):
        capture_enrolment(config, wanted, pull_the_cable, networks=networks())


def test_an_empty_room_has_no_face(config: TerminalConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment_module, "FACE_TIME_S", 1.0)
    camera = camera_on(Noisy(StillImage(np.full((480, 640, 3), 128, np.uint8))))
    said: list[str] = []
    with pytest.raises(EnrolmentError, match="no five good pictures"):
        capture_enrolment(
            config,
            Wanted(account=PAYEE_ACCOUNT, camera=camera, reader=None),
            said.append,
            networks=networks(),
        )
    assert any("No face is seen" in line for line in said)


@pytest.mark.parametrize("impressions", [0, 3, 7])
def test_too_few_and_too_many_impressions_are_refused(
    config: TerminalConfig, reader: R503Reader, impressions: int
) -> None:
    wanted = Wanted(account=PAYEE_ACCOUNT, camera=None, reader=reader, impressions=impressions)
    with pytest.raises(EnrolmentError, match="4 to 6 impressions"):
        capture_enrolment(config, wanted, lambda _: None, networks=networks())


def test_nothing_is_not_an_enrolment(config: TerminalConfig) -> None:
    with pytest.raises(EnrolmentError, match="nothing to enrol"):
        capture_enrolment(config, Wanted(account=PAYEE_ACCOUNT, camera=None, reader=None), lambda _: None)
