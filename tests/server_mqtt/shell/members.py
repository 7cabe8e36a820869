"""People with accounts, references and terminals in a database, and the turns that serve them; no broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from server_mqtt.contract import codec, kinds, topics
from server_mqtt.contract.messages import (
    CaptureOutcome,
    FirstInstruction,
    Message,
    Modality,
    PayeeCapture,
    PayerCapture,
    PayerRequest,
    Probe,
    Reply,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.sealing import capture_context, seal
from server_mqtt.contract.signing import Direction
from server_mqtt.shell import journal, people, references
from server_mqtt.shell.broker import Arrival, Publication
from server_mqtt.shell.committer import BatchCommitter
from server_mqtt.shell.comparison import Comparer
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.store import Store
from server_mqtt.verification.policies import Policies
from tests.scenarios.people import Person
from tests.scenarios.shop import agreed

ANN, BOB = "DE0001", "DE0002"
_DEVICES = {ANN: "terminal-ann", BOB: "terminal-bob"}


@dataclass
class Members:
    """Ann pays, Bob is paid; both enrolled by finger. `server_now_ms` is the server's time."""

    store: Store
    policies: Policies = field(default_factory=Policies)
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    sealing: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    protection: ReferenceProtection = field(default_factory=lambda: ReferenceProtection(bytes(32)))
    people: dict[str, Person] = field(default_factory=lambda: {ANN: Person(1), BOB: Person(2)})

    def __post_init__(self) -> None:
        self.voice = Voice(Ed25519PrivateKey.generate())
        self.payments = PaymentTurns(self.voice, self.policies)
        self.committer = BatchCommitter(self.store, self.voice, MessageTurns(self.voice, self.payments), self.payments)
        self.comparer = Comparer(self.store, self.sealing, self.protection)
        self._numbers = iter(range(1, 1_000))
        with self.store.write() as connection:
            for number, (account, person) in enumerate(self.people.items()):
                device = _DEVICES[account]
                self.keys[device] = Ed25519PrivateKey.generate()
                people.open_account(connection, account, f"Name {number}", 0)
                people.add_device(connection, device, self.keys[device].public_key(), [account], 0)
                people.list_in_directory(connection, account, f"Name {number}", [Modality.FINGERPRINT], 0)
                journal.deposit(connection, account, "EUR", 10_000, 0)
                references.replace(
                    connection,
                    self.protection,
                    account=account,
                    device=device,
                    enrolment_id=f"{number:032x}",
                    probes=[person.finger() for _ in range(4)],
                    now_ms=0,
                )

    def device_of(self, account: str) -> str:
        """The account's terminal."""
        return _DEVICES[account]

    def request(self, payment_id: str, amount_minor: int = 500) -> PayerRequest:
        """Ann wants to pay Bob."""
        return PayerRequest(
            payment_id=payment_id, payer_account=ANN, payee_account=BOB, amount_minor=amount_minor, currency="EUR"
        )

    def arrival(self, account: str, body: Message, message_id: str | None = None, received_at_ms: int = 0) -> Arrival:
        """A message of the account's terminal, as the broker delivers it; long ago, if not told otherwise."""
        device = _DEVICES[account]
        message_id = message_id or f"{next(self._numbers):032x}"
        payload = codec.encode(self.keys[device], Direction.UP, device, message_id, body)
        topic = topics.up(device, kinds.KIND_OF[type(body)])
        return Arrival(topic=topic, payload=payload, packet_id=1, connection=1, received_at_ms=received_at_ms)

    def capture(self, first: FirstInstruction, probes: Sequence[Probe] | None = None) -> PayeeCapture:
        """Bob's answer."""
        context = capture_context(first.payment_id, first.nonce, _DEVICES[BOB], Role.PAYEE)
        shown = [self.people[BOB].finger()] if probes is None else probes
        return PayeeCapture(
            payment_id=first.payment_id,
            instruction_id=first.instruction_id,
            nonce=first.nonce,
            outcome=CaptureOutcome.CAPTURED,
            probes=tuple(seal(self.sealing.public_key(), probe, context) for probe in shown),
        )

    def consent(self, second: SecondInstruction) -> PayerCapture:
        """Ann's answer."""
        context = capture_context(second.payment_id, second.nonce, _DEVICES[ANN], Role.PAYER)
        return PayerCapture(
            payment_id=second.payment_id,
            instruction_id=second.instruction_id,
            nonce=second.nonce,
            outcome=CaptureOutcome.CAPTURED,
            probes=(seal(self.sealing.public_key(), self.people[ANN].finger(), context),),
            consent=agreed(second),
        )


def bodies(publications: Sequence[Publication]) -> list[Message]:
    """What was said."""
    return [codec.decode_body(Direction.DOWN, codec.decode_envelope(one.payload)) for one in publications]


def replies(publications: Sequence[Publication]) -> list[Reply]:
    """The replies among what was said."""
    return [body for body in bodies(publications) if isinstance(body, Reply)]


def second_instruction(publications: Sequence[Publication]) -> SecondInstruction:
    """The one second instruction among what was said."""
    (second,) = [body for body in bodies(publications) if isinstance(body, SecondInstruction)]
    return second


def first_instruction(publications: Sequence[Publication]) -> FirstInstruction:
    """The one first instruction among what was said."""
    (first,) = [body for body in bodies(publications) if isinstance(body, FirstInstruction)]
    return first
