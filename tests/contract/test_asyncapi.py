"""The published description of the wire is the one the structs give, and valid AsyncAPI 3."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from server_mqtt.contract import asyncapi, kinds, topics
from tests.contract import asyncapi_rules

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_valid() -> None:
    page = yaml.safe_load((ROOT / asyncapi.PAGE).read_text(encoding="utf-8"))
    assert asyncapi_rules.problems(page) == []


def test_every_kind_that_travels_has_a_channel_and_an_operation() -> None:
    document = asyncapi.document()
    travelling = {*(f"up.{kind}" for kind in kinds.UP), *(f"down.{kind}" for kind in kinds.DOWN)} - {"up.enrolment"}
    assert set(document["channels"]) == travelling == set(document["operations"])


def test_addresses_are_the_topics_of_the_wire() -> None:
    addresses = {channel["address"].replace("{device}", "payer-0001") for channel in _channels().values()}
    up = {topics.up("payer-0001", kind) for kind in kinds.UP if kind != "enrolment"}
    assert addresses == up | {topics.down("payer-0001", kind) for kind in kinds.DOWN}


def _channels() -> dict[str, dict[str, str]]:
    channels: dict[str, dict[str, str]] = asyncapi.document()["channels"]
    return channels


def _without_version(document: dict[str, Any]) -> None:
    del document["info"]["version"]


def _unknown_field(document: dict[str, Any]) -> None:
    document["channels"]["up.ack"]["subscribe"] = {}


def _forgotten_parameter(document: dict[str, Any]) -> None:
    document["channels"]["up.ack"]["parameters"] = {}


def _shared_address(document: dict[str, Any]) -> None:
    document["channels"]["up.ack"]["address"] = document["channels"]["up.presence"]["address"]


def _wrong_action(document: dict[str, Any]) -> None:
    document["operations"]["up.ack"]["action"] = "publish"


def _message_of_another_channel(document: dict[str, Any]) -> None:
    document["operations"]["up.ack"]["messages"][0]["$ref"] = "#/channels/down.reply/messages/reply"


def _lost_schema(document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["Envelope"]


def _wrong_type(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Ack"]["properties"]["message_id"]["type"] = "str"


def _required_of_nowhere(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Ack"]["required"].append("mood")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (_without_version, "/info: lacks version"),
        (_unknown_field, "/channels/up.ack: has the unknown field subscribe"),
        (_forgotten_parameter, "/channels/up.ack/parameters: differ from the address"),
        (_shared_address, "/address: used twice"),
        (_wrong_action, "/operations/up.ack/action: neither send nor receive"),
        (_message_of_another_channel, "/operations/up.ack/messages: a message that is not of its channel"),
        (_lost_schema, "#/components/schemas/Envelope leads nowhere"),
        (_wrong_type, "/components/schemas/Ack/properties/message_id/type: not a type of JSON Schema"),
        (_required_of_nowhere, "/components/schemas/Ack/required: mood is no property"),
    ],
)
def test_the_rules_find_what_is_wrong(damage: Callable[[dict[str, Any]], None], problem: str) -> None:
    document = copy.deepcopy(asyncapi.document())
    damage(document)
    assert any(problem in found for found in asyncapi_rules.problems(document))
