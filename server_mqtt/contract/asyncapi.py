"""The AsyncAPI 3 document of the wire, made from the message structs. Pure but for `main`, which writes it.

The bodies are described as JSON Schema; on the wire they are MessagePack (the same names and types; `bytes` are
MessagePack bin, shown as base64 strings in the schema) inside the signed envelope.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Final

import msgspec

from server_mqtt.contract import kinds, limits, topics
from server_mqtt.contract.codec import Envelope
from server_mqtt.contract.messages import Message, Probe

PAGE: Final = Path("docs/asyncapi.yaml")
_REF: Final = "#/components/schemas/{name}"
_PLACEHOLDER: Final = "{device}"
_BY_FILE: Final = frozenset({"enrolment"})


def document() -> dict[str, Any]:
    """The whole document as plain values."""
    travelling = [
        *(("up", kind, body) for kind, body in kinds.UP.items() if kind not in _BY_FILE),
        *(("down", kind, body) for kind, body in kinds.DOWN.items()),
    ]
    sealed = (Probe, *(kinds.UP[kind] for kind in sorted(_BY_FILE)))
    bodies = [body for _, _, body in travelling]
    _, schemas = msgspec.json.schema_components((Envelope, *bodies, *sealed), ref_template=_REF)
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/msgpack",
        "channels": {f"{way}.{kind}": _channel(way, kind) for way, kind, _ in travelling},
        "operations": {f"{way}.{kind}": _operation(way, kind) for way, kind, _ in travelling},
        "components": {
            "messages": {kind: _message(kind, body) for _, kind, body in travelling},
            "schemas": {name: _plain(schema) for name, schema in sorted(schemas.items())},
        },
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` with its struct's docstring as people read it: Python 3.13 strips its indentation, older ones do not."""
    return schema | {"description": inspect.cleandoc(schema["description"])} if "description" in schema else schema


def _info() -> dict[str, Any]:
    return {
        "title": "Countersign wire contract",
        "version": f"{limits.PROTOCOL_VERSION}.0.0",
        "description": (
            "MQTT 5 over TLS 1.3 with client certificates; QoS 1; no retained messages. Every payload is an Envelope "
            "(MessagePack) whose body is the message named by its kind, signed with Ed25519 over direction, device, "
            f"kind, message id and body. At most {limits.MAX_MESSAGE_BYTES} bytes a payload."
        ),
        "license": {"name": "Apache-2.0"},
    }


def _channel(way: str, kind: str) -> dict[str, Any]:
    return {
        "address": f"{topics.ROOT}/{_PLACEHOLDER}/{way}/{kind}",
        "parameters": {
            "device": {"description": f"The device id: the common name of its certificate, {limits.DEVICE_ID_PATTERN}"}
        },
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
    }


def _operation(way: str, kind: str) -> dict[str, Any]:
    """Seen from the server: it receives what goes up and sends what goes down."""
    channel = f"{way}.{kind}"
    return {
        "action": "receive" if way == "up" else "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{kind}"}],
    }


def _message(kind: str, body: type[Message]) -> dict[str, Any]:
    return {
        "name": kind,
        "summary": (inspect.getdoc(body) or "").partition("\n")[0],
        "contentType": "application/msgpack",
        "payload": {
            "allOf": [
                {"$ref": _REF.format(name=Envelope.__name__)},
                {"type": "object", "properties": {"kind": {"const": kind}}},
            ]
        },
        "x-body": {"$ref": _REF.format(name=body.__name__)},
    }


def render() -> str:
    """The document as YAML text."""
    import yaml  # late: only the documentation needs it, no end of the wire does

    text: str = yaml.safe_dump(document(), sort_keys=False, width=120, allow_unicode=True)
    return "# Generated from server_mqtt/contract/messages.py by ./run docs. Do not edit.\n" + text


def main() -> None:
    """Write docs/asyncapi.yaml."""
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
