"""How a session with the bridge board begins: hello, welcome, proof; and how the two are paired. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.errors import BoardNotGenuine, BoardNotPaired, BoardOtherVersion, SensorCorrupt
from firmware_bridge.firmware import frames, seals, x25519

_ID_BYTES = 8
_WELCOME_BYTES = 1 + 3 + 1 + _ID_BYTES + seals.NONCE_BYTES
"""Version, firmware, paired, unique id, nonce: all before the proof."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a board says of itself: `firmware` such as 1.0.0, `unique_id` hexadecimal. `proof`: whether it is true."""

    firmware: str
    unique_id: str
    paired: bool
    nonce: bytes
    told: bytes
    proof: bytes


def hello(nonce: bytes) -> bytes:
    """The terminal's first line; `nonce` 16 random bytes. The zero before it ends what noise began."""
    return b"\0" + frames.to_line(frames.Frame(frames.HELLO, 0, bytes([frames.VERSION]) + nonce))


def pair(public: bytes) -> bytes:
    """The terminal's line that asks for a pairing."""
    return b"\0" + frames.to_line(frames.Frame(frames.PAIR, 0, public))


def read_welcome(content: bytes, where: str) -> Welcome:
    """The board's answer to `hello`, nothing of it proven.

    Raises BoardOtherVersion, or SensorCorrupt where it is no welcome at all.
    """
    if content[:1] and content[0] != frames.VERSION:
        raise BoardOtherVersion(
            f"{where}: the bridge board speaks version {content[0]} of the frames, this terminal {frames.VERSION}: "
            "bring its firmware up to date"
        )
    if len(content) != _WELCOME_BYTES + seals.PROOF_BYTES:
        raise SensorCorrupt(f"{where}: a welcome of {len(content)} bytes: is this the bridge board?")
    told, proof = content[:_WELCOME_BYTES], content[_WELCOME_BYTES:]
    firmware, unique_id = ".".join(str(part) for part in told[1:4]), told[5 : 5 + _ID_BYTES].hex()
    return Welcome(firmware, unique_id, bool(told[4]), told[5 + _ID_BYTES :], told, proof)


def check_welcome(content: bytes, key: bytes, nonce: bytes, where: str) -> Welcome:
    """The same, of a board that knows `key`. Raises as `read_welcome`, BoardNotPaired, BoardNotGenuine."""
    welcome = read_welcome(content, where)
    if not welcome.paired:
        raise BoardNotPaired(f"{where}: the bridge board is paired with no terminal: pair it")
    if not seals.same(welcome.proof, seals.proof(key, nonce, welcome.told)):
        raise BoardNotGenuine(f"{where}: bridge board {welcome.unique_id} does not know this terminal: pair it again")
    return welcome


def paired_key(private: bytes, answer: frames.Frame, where: str) -> bytes:
    """The key of a pairing, of the board's answer to `pair`. Raises BoardNotPaired where it takes none now."""
    if answer.kind == frames.NOT_PAIRING:
        raise BoardNotPaired(f"{where}: the bridge board does not pair now: hold both its buttons while it starts")
    try:
        secret = x25519.shared_secret(private, answer.content)
    except ValueError as error:
        raise SensorCorrupt(f"{where}: the bridge board's public key is none: pair again") from error
    return seals.pairing_key(secret, x25519.public_key(private), answer.content)
