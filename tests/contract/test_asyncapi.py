"""The published description of the wire is the one the structs give."""

from __future__ import annotations

from pathlib import Path

from server_mqtt.contract import asyncapi, messages

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_fresh() -> None:
    assert (ROOT / asyncapi.PAGE).read_text(encoding="utf-8") == asyncapi.render(), "run ./run docs"


def test_every_kind_that_travels_has_a_channel_and_an_operation() -> None:
    document = asyncapi.document()
    kinds = {*(f"up.{kind}" for kind in messages.UP), *(f"down.{kind}" for kind in messages.DOWN)} - {"up.enrolment"}
    assert set(document["channels"]) == kinds == set(document["operations"])


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi.document()

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [ref for inner in value.values() for ref in references(inner)]
        if isinstance(value, list):
            return [ref for inner in value for ref in references(inner)]
        return []

    for reference in references(document):
        place: object = document
        for part in reference.removeprefix("#/").split("/"):
            assert isinstance(place, dict)
            assert part in place, reference
            place = place[part]
