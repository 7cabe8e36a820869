"""The messages of the wire as typed structs, one per kind. Pure.

Amounts are integer minor units of an ISO 4217 currency. Times are intervals in milliseconds from the receipt of the
message that names them; no wall clock counts on the wire. Unknown fields are ignored, so fields may be added.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server_mqtt.contract import limits
from server_mqtt.contract.passive import PassiveEvidence
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.contract.words import Action as Action
from server_mqtt.contract.words import CaptureOutcome as CaptureOutcome
from server_mqtt.contract.words import Modality as Modality
from server_mqtt.contract.words import PaymentState as PaymentState
from server_mqtt.contract.words import Purpose as Purpose
from server_mqtt.contract.words import ReplyStatus as ReplyStatus
from server_mqtt.contract.words import Role as Role

Id = Annotated[str, Meta(pattern=limits.ID_PATTERN)]
Device = Annotated[str, Meta(pattern=limits.DEVICE_ID_PATTERN)]
Account = Annotated[str, Meta(pattern=limits.ACCOUNT_PATTERN)]
Name = Annotated[str, Meta(max_length=limits.MAX_NAME_LENGTH)]
Text = Annotated[str, Meta(max_length=limits.MAX_TEXT_LENGTH)]
Currency = Annotated[str, Meta(max_length=8)]
AmountMinor = Annotated[int, Meta(ge=-limits.MAX_AMOUNT_MINOR, le=limits.MAX_AMOUNT_MINOR)]
Nonce = Annotated[bytes, Meta(min_length=limits.NONCE_BYTES, max_length=limits.NONCE_BYTES)]
Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
IntervalMs = Annotated[int, Meta(ge=0, le=10**11)]
PresetTimeMs = Annotated[int, Meta(ge=0, le=limits.MAX_PRESET_TIME_MS)]
Count = Annotated[int, Meta(ge=0, le=100_000)]


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all bodies share: immutable, named fields, defaults left out on the wire."""


class StepEvidence(Message, frozen=True, kw_only=True):
    """One action of the challenge, as seen; times in ms from the start of the capture.

    `held_ms`: how long it was kept. `score`: how far it went, 1 where it just counts.
    """

    action: Action
    start_ms: IntervalMs
    end_ms: IntervalMs
    held_ms: IntervalMs = 0
    score: float = 1.0


class LivenessEvidence(Message, frozen=True, kw_only=True):
    """What the capture saw of the challenge, in order.

    `spread`: the largest distance between two faces of the capture, at rest before, between and after the actions.
    A finger has no challenge: of it there are one frame, no steps, and `passive`.
    """

    steps: Annotated[tuple[StepEvidence, ...], Meta(max_length=limits.MAX_CHALLENGE_ACTIONS)]
    frames: Count
    elapsed_ms: IntervalMs
    spread: float = 0.0
    passive: PassiveEvidence | None = None


class Probe(Message, frozen=True, kw_only=True):
    """A template captured now (ISO/IEC 2382-37: biometric probe). Exists on the wire only sealed.

    face: 128 float32, little-endian, the mean of `samples` embeddings.
    fingerprint: one ISO/IEC 19794-2:2005 record.
    """

    modality: Modality
    template: Annotated[bytes, Meta(max_length=limits.MAX_TEMPLATE_BYTES)]
    samples: Annotated[int, Meta(ge=1, le=100)]
    model_hash: Annotated[str, Meta(max_length=64)]
    liveness: LivenessEvidence | None = None


class SealedProbe(Message, frozen=True, kw_only=True):
    """A probe encrypted to one of the server's keys (HPKE, RFC 9180): encapsulated key and ciphertext."""

    key_id: Annotated[str, Meta(max_length=32)]
    ciphertext: Annotated[bytes, Meta(max_length=limits.MAX_SEALED_BYTES)]


# --- up: terminal to server ---


class PayerRequest(Message, frozen=True, kw_only=True):
    """The payment request of the payer's terminal."""

    payment_id: Id
    payer_account: Account
    payee_account: Account
    amount_minor: AmountMinor
    currency: Currency
    reference: Annotated[str, Meta(max_length=limits.MAX_REFERENCE_LENGTH)] = ""


class PayeeCapture(Message, frozen=True, kw_only=True):
    """The payee terminal's answer to a first instruction."""

    payment_id: Id
    instruction_id: Id
    nonce: Nonce
    outcome: CaptureOutcome
    probes: Annotated[tuple[SealedProbe, ...], Meta(max_length=limits.MAX_PROBES)] = ()


class Consent(Message, frozen=True, kw_only=True):
    """What the payer saw and agreed to (PSD2 RTS Art. 5: specific to this payee and this amount)."""

    payee_account: Account
    payee_name: Name
    amount_minor: AmountMinor
    currency: Currency
    first_verdict: Verdict
    held: bool


class PayerCapture(Message, frozen=True, kw_only=True):
    """The payer terminal's answer to a second instruction."""

    payment_id: Id
    instruction_id: Id
    nonce: Nonce
    outcome: CaptureOutcome
    consent: Consent
    probes: Annotated[tuple[SealedProbe, ...], Meta(max_length=limits.MAX_PROBES)] = ()


class PayerStop(Message, frozen=True, kw_only=True):
    """The payer stops the payment, before money moved."""

    payment_id: Id


class PayeeRefusal(Message, frozen=True, kw_only=True):
    """The payee does not want this payment."""

    payment_id: Id


class PaymentQuery(Message, frozen=True, kw_only=True):
    """How does this payment stand? Answered by a `payment_status`."""

    payment_id: Id


class Presence(Message, frozen=True, kw_only=True):
    """The terminal is there, or (as the will its broker publishes) no longer."""

    online: bool
    software: Annotated[str, Meta(max_length=64)] = ""
    modalities: Annotated[tuple[Modality, ...], Meta(max_length=limits.MAX_PROBES)] = ()
    model_hash: Annotated[str, Meta(max_length=64)] = ""


class Ack(Message, frozen=True, kw_only=True):
    """The terminal has this message of the server on disk."""

    message_id: Id
    content_hash: Hash


class Enrolment(Message, frozen=True, kw_only=True):
    """References of one account, captured under supervision; travels as a file, sealed like a probe."""

    enrolment_id: Id
    account: Account
    probes: Annotated[tuple[SealedProbe, ...], Meta(min_length=1, max_length=12)]


# --- down: server to terminal ---


class FirstResult(Message, frozen=True, kw_only=True):
    """The first result: who is behind the counter, or why that is not known."""

    verdict: Verdict
    reason: Reason | None = None
    modality: Modality | None = None


class Hold(Message, frozen=True, kw_only=True):
    """The money is, or will be, frozen: why, and when it goes back by itself (`expires_soon`: it is time to act)."""

    reason: Reason
    expires_in_ms: IntervalMs
    risk_reason: Annotated[str, Meta(max_length=64)] = ""
    expires_soon: bool = False


class Instruction(Message, frozen=True, kw_only=True):
    """What first and second instruction share: what to capture, of what, within which time."""

    payment_id: Id
    instruction_id: Id
    nonce: Nonce
    amount_minor: AmountMinor
    currency: Currency
    payer_name: Name
    payee_account: Account
    payee_name: Name
    modalities: Annotated[tuple[Modality, ...], Meta(min_length=1, max_length=limits.MAX_PROBES)]
    all_modalities: bool
    challenge: Annotated[tuple[Action, ...], Meta(max_length=limits.MAX_CHALLENGE_ACTIONS)]
    preset_time_ms: PresetTimeMs
    attempt: Annotated[int, Meta(ge=1, le=limits.MAX_ATTEMPTS)]
    attempts: Annotated[int, Meta(ge=1, le=limits.MAX_ATTEMPTS)]
    previous_reason: Reason | None = None
    holds_ms: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=limits.MAX_HOLD_MS)], ...], Meta(max_length=limits.MAX_CHALLENGE_ACTIONS)
    ] = ()
    """How long to keep each action of the challenge before coming back; empty: none of them."""


class FirstInstruction(Instruction, frozen=True, kw_only=True):
    """The server asks the payee's terminal to capture the payee, now."""

    purpose: Purpose


class SecondInstruction(Instruction, frozen=True, kw_only=True):
    """The first result, and: the server asks the payer's terminal to capture the payer, now."""

    first_result: FirstResult
    hold: Hold | None = None


class PaymentStatus(Message, frozen=True, kw_only=True):
    """How a payment stands, told to one end at every change. A smaller `revision` than one seen is old news."""

    payment_id: Id
    revision: Annotated[int, Meta(ge=0)]
    role: Role
    state: PaymentState
    amount_minor: AmountMinor
    currency: Currency
    payer_name: Name
    payee_name: Name
    payee_account: Account
    first_result: FirstResult | None = None
    reason: Reason | None = None
    hold: Hold | None = None
    released_minor: AmountMinor = 0  # of held money, what went on to the payee
    refunded_minor: AmountMinor = 0  # what went back to the payer, from the hold or from the payee


class Reply(Message, frozen=True, kw_only=True):
    """The server's own acknowledgement of a message, or its refusal. The same message gets the same reply."""

    in_reply_to: Id
    content_hash: Hash
    status: ReplyStatus
    reason: Reason | None = None
    detail: Text = ""
    retry_after_ms: IntervalMs | None = None
