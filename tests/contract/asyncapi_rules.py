"""What the AsyncAPI 3.0.0 specification asks of a document, as far as ours uses it: fields, names, references.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0. Schemas are JSON Schema draft 07.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

Object = Mapping[str, object]

_COMPONENT_NAME: Final = re.compile(r"^[A-Za-z0-9._-]+$")
_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")
_TYPES: Final = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})

_FIELDS: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "document": (
        frozenset({"asyncapi", "info"}),
        frozenset({"id", "servers", "defaultContentType", "channels", "operations", "components"}),
    ),
    "info": (
        frozenset({"title", "version"}),
        frozenset({"description", "termsOfService", "contact", "license", "tags", "externalDocs"}),
    ),
    "channel": (
        frozenset(),
        frozenset({"address", "messages", "title", "summary", "description", "servers", "parameters", "bindings"}),
    ),
    "parameter": (frozenset(), frozenset({"enum", "default", "description", "examples", "location"})),
    "operation": (
        frozenset({"action", "channel"}),
        frozenset({"title", "summary", "description", "security", "bindings", "traits", "messages", "reply"}),
    ),
    "message": (
        frozenset(),
        frozenset({"headers", "payload", "contentType", "name", "title", "summary", "description", "examples"}),
    ),
}
"""Of each kind of object: the fields it must have, and those it may have. `x-` fields are always allowed."""


def problems(document: Object) -> list[str]:
    """Every rule the document breaks, each as a line of words; an empty list for a valid document."""
    return [
        *_fields("document", "/", document),
        *([] if document.get("asyncapi") == "3.0.0" else ["/asyncapi: not 3.0.0"]),
        *_fields("info", "/info", _object(document, "info")),
        *_channels(document),
        *_operations(document),
        *_components(document),
        *_references(document, document, ""),
    ]


def _fields(kind: str, place: str, value: Object) -> Iterator[str]:
    needed, allowed = _FIELDS[kind]
    for name in sorted(needed - value.keys()):
        yield f"{place}: lacks {name}"
    for name in value:
        if name not in needed | allowed and not name.startswith("x-"):
            yield f"{place}: has the unknown field {name}"


def _channels(document: Object) -> Iterator[str]:
    addresses: set[object] = set()
    for name, channel in _objects(document, "channels"):
        place = f"/channels/{name}"
        yield from _fields("channel", place, channel)
        address = channel.get("address")
        if not isinstance(address, str) or "?" in address or "#" in address:
            yield f"{place}/address: not an address"
            continue
        if address in addresses:
            yield f"{place}/address: used twice"
        addresses.add(address)
        named = dict(_objects(channel, "parameters"))
        if set(_PARAMETER.findall(address)) != set(named):
            yield f"{place}/parameters: differ from the address"
        for parameter, value in named.items():
            yield from _fields("parameter", f"{place}/parameters/{parameter}", value)


def _operations(document: Object) -> Iterator[str]:
    for name, operation in _objects(document, "operations"):
        place = f"/operations/{name}"
        yield from _fields("operation", place, operation)
        if operation.get("action") not in ("send", "receive"):
            yield f"{place}/action: neither send nor receive"
        channel = str(_object(operation, "channel").get("$ref", ""))
        if not channel.startswith("#/channels/"):
            yield f"{place}/channel: not a reference to a channel"
        messages = operation.get("messages")
        for message in messages if isinstance(messages, list) else []:
            if not isinstance(message, Mapping) or not str(message.get("$ref")).startswith(f"{channel}/messages/"):
                yield f"{place}/messages: a message that is not of its channel"


def _components(document: Object) -> Iterator[str]:
    components = _object(document, "components")
    for section in components:
        for name, _ in _objects(components, section):
            if not _COMPONENT_NAME.fullmatch(name):
                yield f"/components/{section}/{name}: not a component's name"
    for name, message in _objects(components, "messages"):
        yield from _fields("message", f"/components/messages/{name}", message)
        yield from _schema(f"/components/messages/{name}/payload", message.get("payload"))
    for name, schema in _objects(components, "schemas"):
        yield from _schema(f"/components/schemas/{name}", schema)


def _schema(place: str, schema: object) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        yield f"{place}: not a schema"
        return
    kind = schema.get("type")
    if kind is not None and kind not in _TYPES:
        yield f"{place}/type: not a type of JSON Schema"
    properties = dict(_objects(schema, "properties"))
    required = schema.get("required")
    for name in required if isinstance(required, list) else []:
        if name not in properties:
            yield f"{place}/required: {name} is no property"
    for name, inner in properties.items():
        yield from _schema(f"{place}/properties/{name}", inner)
    for combined in ("allOf", "anyOf", "oneOf"):
        parts = schema.get(combined)
        for index, inner in enumerate(parts if isinstance(parts, list) else []):
            yield from _schema(f"{place}/{combined}/{index}", inner)
    if "items" in schema and not isinstance(schema["items"], bool):
        yield from _schema(f"{place}/items", schema["items"])


def _references(document: Object, value: object, place: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _references(document, inner, f"{place}/{index}")
    if not isinstance(value, Mapping):
        return
    reference = value.get("$ref")
    if isinstance(reference, str) and not _leads_somewhere(document, reference):
        yield f"{place}: {reference} leads nowhere"
    for name, inner in value.items():
        yield from _references(document, inner, f"{place}/{name}")


def _leads_somewhere(document: Object, reference: str) -> bool:
    if not reference.startswith("#/"):
        return False
    value: object = document
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def _object(value: Object, name: str) -> Object:
    inner = value.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _objects(value: Object, name: str) -> Iterator[tuple[str, Object]]:
    """The named objects under `name`; what is no object counts as an empty one, and lacks its fields."""
    for key in _object(value, name):
        yield key, _object(_object(value, name), key)
