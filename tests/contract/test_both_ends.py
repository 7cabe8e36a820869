"""The stored vectors, read by the code of each end; and what each end says, understood by the other."""

from __future__ import annotations

from typing import Final

import pytest

from server_mqtt.contract import kinds, topics
from server_mqtt.contract.messages import Enrolment, Message
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.signing import Direction
from server_mqtt.shell import intake as server_intake
from server_mqtt.shell.speech import Voice
from terminal.devices import intake as terminal_intake
from terminal.devices.arrival import Arrival
from terminal.devices.intake import Dropped, FromServer
from terminal.outbox.letters import Pen
from tests.contract import samples
from tests.contract.samples import DEVICE, DEVICE_KEY, SAMPLES, SERVER_KEY

UP: Final = [body for body in SAMPLES if samples.direction_of(body) is Direction.UP]
DOWN: Final = [body for body in SAMPLES if samples.direction_of(body) is Direction.DOWN]


def kind_of(body: Message) -> str:
    return kinds.KIND_OF[type(body)]


def server_reads(payload: bytes, kind: str, device: str = DEVICE) -> Message | Reason:
    envelope = server_intake.read_envelope(topics.up(device, kind), payload)
    if isinstance(envelope, server_intake.Refusal):
        return envelope.reason
    unknown = server_intake.check_sender(envelope, DEVICE_KEY.public_key())
    if unknown is not None:
        return unknown.reason
    body = server_intake.read_body(envelope)
    return body.reason if isinstance(body, server_intake.Refusal) else body


def terminal_reads(payload: bytes, kind: str, device: str = DEVICE) -> FromServer | Dropped:
    arrival = Arrival(topic=topics.down(device, kind), payload=payload, packet_id=1, connection=1)
    return terminal_intake.read(arrival, DEVICE, SERVER_KEY.public_key())


@pytest.mark.parametrize("sample", UP, ids=kind_of)
def test_the_server_reads_the_terminals_vectors(sample: Message) -> None:
    kind = kind_of(sample)
    payload, _ = samples.golden(kind)
    expected = Reason.UNKNOWN_KIND if isinstance(sample, Enrolment) else sample
    assert server_reads(payload, kind) == expected


@pytest.mark.parametrize("sample", DOWN, ids=kind_of)
def test_the_terminal_reads_the_servers_vectors(sample: Message) -> None:
    payload, _ = samples.golden(kind_of(sample))
    read = terminal_reads(payload, kind_of(sample))
    assert isinstance(read, FromServer)
    assert read.body == sample


@pytest.mark.parametrize("sample", [body for body in UP if not isinstance(body, Enrolment)], ids=kind_of)
def test_what_a_terminal_writes_the_server_reads(sample: Message) -> None:
    letter = Pen(DEVICE, DEVICE_KEY).write(sample)
    assert letter.kind == kind_of(sample)
    assert server_reads(letter.payload, letter.kind) == sample
    envelope = server_intake.read_envelope(topics.up(DEVICE, letter.kind), letter.payload)
    assert not isinstance(envelope, server_intake.Refusal)
    assert envelope.content_hash(Direction.UP) == letter.content_hash


@pytest.mark.parametrize("sample", DOWN, ids=kind_of)
def test_what_the_server_says_a_terminal_reads(sample: Message) -> None:
    said = Voice(SERVER_KEY).say(DEVICE, sample)
    read = terminal_reads(said.publication.payload, said.publication.kind)
    assert isinstance(read, FromServer)
    assert (read.message_id, read.content_hash, read.body) == (said.message_id, said.content_hash, sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=kind_of)
def test_a_vector_on_another_devices_topic_counts_at_neither_end(sample: Message) -> None:
    payload, _ = samples.golden(kind_of(sample))
    if samples.direction_of(sample) is Direction.UP:
        assert server_reads(payload, kind_of(sample), device="payer-0002") is Reason.BAD_SIGNATURE
    else:
        assert isinstance(terminal_reads(payload, kind_of(sample), device="payer-0002"), Dropped)


@pytest.mark.fault(9)
@pytest.mark.parametrize("sample", SAMPLES, ids=kind_of)
def test_a_vector_with_a_flipped_bit_counts_at_neither_end(sample: Message) -> None:
    payload, _ = samples.golden(kind_of(sample))
    for position in range(len(payload)):
        damaged = bytearray(payload)
        damaged[position] ^= 1 << position % 8
        if samples.direction_of(sample) is Direction.UP:
            assert isinstance(server_reads(bytes(damaged), kind_of(sample)), Reason), position
        else:
            assert isinstance(terminal_reads(bytes(damaged), kind_of(sample)), Dropped), position
