"""Packets out of a stream: every split, garbage, flips, floods."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.r503.framing import Deframer, Fault, FaultKind
from firmware_bridge.r503.packets import MAX_CONTENT_BYTES, MAX_PACKET_BYTES, Identifier, Packet, frame

packets = st.builds(Packet, st.sampled_from(Identifier), st.binary(min_size=1, max_size=MAX_CONTENT_BYTES))
garbage = st.binary(max_size=50).map(lambda data: data.replace(b"\xef", b"\xee"))


def _pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in pairwise(at)]


def _all(deframer: Deframer, pieces: list[bytes]) -> list[Packet | Fault]:
    return [found for piece in pieces for found in deframer.receive(piece)]


def test_every_single_split_of_two_packets_gives_the_same_two() -> None:
    sent = [Packet(Identifier.COMMAND, b"\x01"), Packet(Identifier.DATA, bytes(range(40)))]
    stream = b"".join(packet.to_bytes() for packet in sent)
    for cut in range(len(stream) + 1):
        assert _all(Deframer(), [stream[:cut], stream[cut:]]) == sent


@settings(deadline=None, max_examples=150)
@given(st.lists(packets, max_size=5), st.lists(st.integers(0, 2000), max_size=20))
def test_any_split_gives_the_packets(sent: list[Packet], cuts: list[int]) -> None:
    stream = b"".join(packet.to_bytes() for packet in sent)
    deframer = Deframer()
    assert _all(deframer, _pieces(stream, cuts)) == sent
    assert deframer.idle
    assert deframer.skipped_bytes == 0


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(garbage, packets), max_size=4), st.lists(st.integers(0, 2000), max_size=10))
def test_a_packet_after_garbage_is_found(sent: list[tuple[bytes, Packet]], cuts: list[int]) -> None:
    stream = b"".join(noise + packet.to_bytes() for noise, packet in sent)
    deframer = Deframer()
    assert _all(deframer, _pieces(stream, cuts)) == [packet for _, packet in sent]
    assert deframer.skipped_bytes == sum(len(noise) for noise, _ in sent)


@settings(deadline=None, max_examples=150)
@given(st.lists(packets, min_size=1, max_size=3), st.data())
def test_a_flipped_bit_never_makes_another_packet(sent: list[Packet], data: st.DataObject) -> None:
    stream = bytearray(b"".join(packet.to_bytes() for packet in sent))
    at = data.draw(st.integers(0, len(stream) * 8 - 1))
    stream[at // 8] ^= 1 << (at % 8)
    found = [item for item in Deframer().receive(bytes(stream)) if isinstance(item, Packet)]
    assert all(packet in sent for packet in found)
    assert len(found) < len(sent)


@settings(deadline=None, max_examples=200)
@given(st.lists(packets.filter(lambda packet: 0xEF not in packet.content), min_size=1, max_size=4), st.data())
def test_bytes_that_are_lost_cost_the_packet_that_they_were_of_and_no_other(
    sent: list[Packet], data: st.DataObject
) -> None:
    hit = data.draw(st.integers(0, len(sent) - 1))
    whole = sent[hit].to_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    lost = data.draw(st.integers(1, len(whole) - start))
    pieces = [packet.to_bytes() for packet in sent]
    pieces[hit] = whole[:start] + whole[start + lost :]
    # What follows ends the wait of a packet that is now too short; on a line, that is the deadline.
    found = Deframer().receive(b"".join(pieces) + bytes(2 * MAX_PACKET_BYTES))
    assert [item for item in found if isinstance(item, Packet)] == sent[:hit] + sent[hit + 1 :]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.binary(max_size=600), max_size=8))
def test_any_bytes_are_taken_and_little_is_held(pieces: list[bytes]) -> None:
    deframer = Deframer()
    for piece in pieces:
        deframer.receive(piece)
        assert len(deframer._held) <= MAX_PACKET_BYTES


def test_a_flood_of_headers_is_bounded_and_the_packet_after_it_is_found() -> None:
    deframer = Deframer()
    good = Packet(Identifier.ACKNOWLEDGE, b"\x00")
    found = deframer.receive(b"\xef\x01" * 20_000 + good.to_bytes())
    assert found[-1] == good
    assert deframer.idle


def test_what_is_wrong_is_named() -> None:
    good = Packet(Identifier.ACKNOWLEDGE, b"\x00").to_bytes()
    wrong = {
        FaultKind.ADDRESS: good.replace(b"\xff\xff\xff\xff", b"\xff\xff\xff\xfe"),
        FaultKind.IDENTIFIER: good[:6] + b"\x05" + good[7:],
        FaultKind.LENGTH: good[:7] + b"\xff\xff" + good[9:],
        FaultKind.CHECKSUM: good[:-1] + b"\x00",
    }
    for kind, stream in wrong.items():
        (fault,) = Deframer().receive(stream)
        assert isinstance(fault, Fault)
        assert fault.kind is kind


def test_a_length_without_content_is_refused() -> None:
    (fault,) = Deframer().receive(frame(Identifier.COMMAND, b""))
    assert fault == Fault(FaultKind.LENGTH, 2)
