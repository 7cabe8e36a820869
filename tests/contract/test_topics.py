"""Topics: what may stand in one, and what is refused."""

from __future__ import annotations

import pytest

from server_mqtt.contract import topics
from server_mqtt.contract.topics import TopicError


def test_up_and_down_parse_back() -> None:
    assert topics.parse_up(topics.up("payer-0001", "payer_request")) == ("payer-0001", "payer_request")
    assert topics.parse_down(topics.down("payer-0001", "reply")) == ("payer-0001", "reply")


def test_the_shared_subscription() -> None:
    assert topics.up_all(shared=True) == "$share/server/countersign/v1/+/up/+"


@pytest.mark.parametrize(
    "device", ["", "short", "UPPER-CASE", "a" * 37, "payer+0001", "payer/0001", "payer#001", "$SYS-0001"]
)
def test_device_ids_that_could_aim_elsewhere_are_refused(device: str) -> None:
    with pytest.raises(TopicError):
        topics.up(device, "payer_request")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "countersign/v1/payer-0001/down/reply",
        "countersign/v2/payer-0001/up/ack",
        "countersign/v1/payer-0001/up",
        "countersign/v1/payer-0001/up/ack/more",
        "countersign/v1/+/up/ack",
        "countersign/v1/payer-0001/up/#",
        "countersign/v1/payer-0001/up/" + "x" * 41,
    ],
)
def test_foreign_topics_are_refused(topic: str) -> None:
    with pytest.raises(TopicError):
        topics.parse_up(topic)
