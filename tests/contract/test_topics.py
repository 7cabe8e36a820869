"""Topics: what may stand in one, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract import topics
from server_mqtt.contract.topics import TopicError


def test_up_and_down_parse_back() -> None:
    assert topics.parse_up(topics.up("payer-0001", "payer_request")) == ("payer-0001", "payer_request")
    assert topics.parse_down(topics.down("payer-0001", "reply")) == ("payer-0001", "reply")


def test_the_shared_subscription() -> None:
    assert topics.up_all("workers") == "$share/workers/countersign/v1/+/up/+"


AIMED_ELSEWHERE = [
    "",
    "+",
    "#",
    "/",
    "$SYS",
    "short",
    "UPPER-CASE",
    "a" * 37,
    "x" * 65_536,
    "payer+0001",
    "payer/0001",
    "payer#0001",
    "$SYS-0001",
    "payer-0001\n",
    "payer\x000001",
    "payer‑0001",
    "../payer-0001",
]


@pytest.mark.fault(71)
@pytest.mark.parametrize("device", AIMED_ELSEWHERE, ids=lambda device: ascii(device[:20]))
def test_device_ids_that_could_aim_elsewhere_are_refused(device: str) -> None:
    with pytest.raises(TopicError):
        topics.up(device, "payer_request")
    with pytest.raises(TopicError):
        topics.down(device, "reply")
    with pytest.raises(TopicError):
        topics.down_all(device)


@pytest.mark.fault(71)
@pytest.mark.parametrize("kind", ["", "+", "#", "/", "$SYS", "ack/more", "Ack", "ack\n", "x" * 65_536], ids=ascii)
def test_kinds_that_could_aim_elsewhere_are_refused(kind: str) -> None:
    with pytest.raises(TopicError):
        topics.up("payer-0001", kind)
    with pytest.raises(TopicError):
        topics.down("payer-0001", kind)


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    "topic",
    [
        "",
        "$SYS/broker/uptime",
        "countersign/v1/payer-0001/down/reply",
        "countersign/v2/payer-0001/up/ack",
        "countersign/v1/payer-0001/up",
        "countersign/v1/payer-0001/up/ack/more",
        "countersign/v1/+/up/ack",
        "countersign/v1/payer-0001/up/#",
        "countersign/v1/payer-0001/up/" + "x" * 41,
        "countersign/v1/payer-0001\n/up/ack",
        "/" * 65_536,
    ],
    ids=lambda topic: ascii(topic[:40]),
)
def test_foreign_topics_are_refused(topic: str) -> None:
    with pytest.raises(TopicError):
        topics.parse_up(topic)


@pytest.mark.fault(71)
@given(device=st.text(max_size=40), kind=st.text(max_size=44))
def test_what_a_topic_is_made_of_comes_back_whole(device: str, kind: str) -> None:
    try:
        topic = topics.up(device, kind)
    except TopicError:
        return
    assert topic.count("/") == 4
    assert topics.parse_up(topic) == (device, kind)
