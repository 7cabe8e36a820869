"""What a simulated server works with in all its lives: tables, signature, policy, dice."""

from __future__ import annotations

from dataclasses import dataclass

from server_mqtt.contract.codec import decode_envelope, encode
from server_mqtt.contract.kinds import KIND_OF
from server_mqtt.contract.messages import Message
from server_mqtt.contract.signing import Direction
from server_mqtt.shell.broker import Publication
from server_mqtt.shell.speech import Said, Voice
from server_mqtt.verification.policy import Policy
from tests.simulation.chance import Chance
from tests.simulation.keys import SimulatedKey
from tests.simulation.server_rows import ServerRows
from tests.simulation.trace import Trace


class SimulatedVoice(Voice):
    """The server's signature, with message ids from the world's dice."""

    def __init__(self, key: SimulatedKey, chance: Chance) -> None:
        super().__init__(key.private)
        self._chance = chance

    def say(self, device: str, body: Message, expiry_s: int | None = None) -> Said:
        """As the real voice."""
        message_id = self._chance.new_id()
        payload = encode(self._signing, Direction.DOWN, device, message_id, body)
        publication = Publication(device=device, kind=KIND_OF[type(body)], payload=payload, expiry_s=expiry_s)
        return Said(
            message_id=message_id,
            content_hash=decode_envelope(payload).content_hash(Direction.DOWN),
            publication=publication,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every turn of one server needs. `keys`: by which each device's messages are checked."""

    rows: ServerRows
    voice: SimulatedVoice
    policy: Policy
    chance: Chance
    trace: Trace
    keys: dict[str, SimulatedKey]
    remembers: bool = True
    """False plants a bug: the inbox is never looked at."""
