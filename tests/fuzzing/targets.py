"""What is fed with any bytes at all: decoder, request handler, policy file, fingerprint record. Each raises where one
gets by.

A target takes bytes and returns; what it raises (whatever escaped, or an AssertionError of its own) is a finding. The
same functions are driven by hypothesis in the suite and by a coverage-guided fuzzer in `./run fuzz`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from server_mqtt.config import load_policies
from server_mqtt.contract import codec, kinds
from server_mqtt.contract.codec import WireError
from server_mqtt.contract.limits import MAX_TEXT_LENGTH
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.errors import ConfigError
from server_mqtt.verification.policies import Policies
from tests.contract import samples
from tests.fuzzing.records import record
from tests.fuzzing.requests import Requests

Target: TypeAlias = Callable[[bytes], None]

_KINDS: Final = (*sorted(kinds.UP), "receipt", "mischief", "")
"""Of terminals, of the server, and of nobody."""


def decoder(data: bytes) -> None:
    """`data` as an envelope, and as the body of each kind: a message comes out, or a WireError with words."""
    try:
        codec.decode_envelope(data)
    except WireError as error:
        _check(error)
    for kind in _KINDS:
        envelope = codec.Envelope(
            version=1, message_id=samples.PAYMENT, device=samples.DEVICE, kind=kind, body=data, signature=bytes(64)
        )
        try:
            body = codec.decode_body(Direction.UP, envelope)
        except WireError as error:
            _check(error)
        else:
            assert kinds.KIND_OF[type(body)] == kind


def policy(data: bytes) -> None:
    """`data` as a policy file: policies come out, or complaints that name the file."""
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        path = Path(file.name)
        path.write_bytes(data)
        try:
            understood: Policies | str = load_policies(path, {})
        except ConfigError as error:
            understood = str(error)
        assert isinstance(understood, Policies) or path.name in understood


def _check(error: WireError) -> None:
    assert error.detail
    assert len(error.detail) <= MAX_TEXT_LENGTH


MAKERS: Final[dict[str, Callable[[], Target]]] = {
    "decoder": lambda: decoder,
    "request": Requests.open,
    "policy": lambda: policy,
    "record": lambda: record,
}
"""How each target is made ready."""
