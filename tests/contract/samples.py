"""One message of every kind, and fixed keys: what the golden vectors are made of.

`python -m tests.contract.samples` writes golden/ again. Do that only for a new kind: a change of a vector that exists
is a change of the wire.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from server_mqtt.contract import codec, kinds, sealing
from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.messages import (
    Ack,
    Action,
    CaptureOutcome,
    Consent,
    Enrolment,
    FirstInstruction,
    FirstResult,
    Hold,
    LivenessEvidence,
    Message,
    Modality,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerRequest,
    PayerStop,
    PaymentQuery,
    PaymentState,
    PaymentStatus,
    Presence,
    Probe,
    Purpose,
    Reply,
    ReplyStatus,
    Role,
    SealedProbe,
    SecondInstruction,
    StepEvidence,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.contract.receipt import Answer, ChainHead, Document, Receipt, canonical, commitment, sign_document
from server_mqtt.contract.signing import Direction

GOLDEN: Final = Path(__file__).parent / "golden"
DEVICE: Final = "payer-0001"
DEVICE_KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SERVER_KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
SEALING_KEY: Final = X25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
PAYMENT: Final = "0f" * 16
INSTRUCTION: Final = "1e" * 16
NONCE: Final = bytes(range(16))
CONTEXT: Final = sealing.capture_context(PAYMENT, NONCE, DEVICE, Role.PAYER)
PROBE: Final = Probe(
    modality=Modality.FACE,
    template=bytes(512),
    samples=3,
    model_hash="ab" * 32,
    liveness=LivenessEvidence(
        steps=(StepEvidence(action=Action.BLINK, start_ms=400, end_ms=640),), frames=40, elapsed_ms=2600
    ),
)

_SEALED: Final = SealedProbe(key_id=sealing.key_id(SEALING_KEY.public_key()), ciphertext=b"sealed bytes")
_FIRST: Final = FirstResult(verdict=Verdict.NOT_VERIFIED, reason=Reason.ATTEMPTS_USED_UP)
_HOLD: Final = Hold(reason=Reason.PAYEE_NOT_VERIFIED, expires_in_ms=86_400_000)

CONSENT: Final = Consent(
    payee_account="DE-4711",
    payee_name="街角面包店",
    amount_minor=1250,
    currency="EUR",
    first_verdict=Verdict.NOT_VERIFIED,
    held=True,
)
OPENING: Final = bytes(range(32))
DOCUMENT: Final = Document(
    payment_id=PAYMENT,
    revision=4,
    state=PaymentState.HELD,
    amount_minor=1250,
    currency="EUR",
    payee_account="DE-4711",
    payee_name="街角面包店",
    payer_name="Ada Byron",
    payer_account_masked="*001",
    payer_commitment=commitment("CH-1001", OPENING),
    requested_at_ms=1_800_000_000_000,
    issued_at_ms=1_800_000_020_000,
    ledger=ChainHead(entry_number=17, entry_hash="cd" * 32),
    reference="table 7",
    reason=Reason.PAYEE_NOT_VERIFIED,
    first_result=_FIRST,
    first_result_at_ms=1_800_000_009_000,
    second_verdict=Verdict.VERIFIED,
    second_result_at_ms=1_800_000_020_000,
    held_at_ms=1_800_000_020_000,
    hold_expires_at_ms=1_800_086_420_000,
    released_minor=400,
    refunded_minor=250,
    consent=CONSENT,
    answers=(
        Answer(
            role=Role.PAYEE,
            nonce=NONCE.hex(),
            answer_hash="ef" * 32,
            received_at_ms=1_800_000_008_000,
            verdict=Verdict.NOT_VERIFIED,
        ),
        Answer(
            role=Role.PAYER,
            nonce=bytes(16).hex(),
            answer_hash="fe" * 32,
            received_at_ms=1_800_000_019_000,
            verdict=Verdict.VERIFIED,
        ),
    ),
)
RECEIPT: Final = Receipt(
    payment_id=PAYMENT,
    revision=4,
    document=canonical(DOCUMENT),
    signature=sign_document(SERVER_KEY, canonical(DOCUMENT)),
    opening=OPENING,
)

SAMPLES: Final[tuple[Message, ...]] = (
    PayerRequest(
        payment_id=PAYMENT,
        payer_account="CH-1001",
        payee_account="DE-4711",
        amount_minor=1250,
        currency="EUR",
        reference="table 7",
    ),
    PayeeCapture(
        payment_id=PAYMENT,
        instruction_id=INSTRUCTION,
        nonce=NONCE,
        outcome=CaptureOutcome.CAPTURED,
        probes=(_SEALED,),
    ),
    PayerCapture(
        payment_id=PAYMENT,
        instruction_id=INSTRUCTION,
        nonce=NONCE,
        outcome=CaptureOutcome.CAPTURED,
        consent=CONSENT,
        probes=(_SEALED,),
    ),
    PayerStop(payment_id=PAYMENT),
    PayeeRefusal(payment_id=PAYMENT),
    HoldExtension(payment_id=PAYMENT),
    PaymentQuery(payment_id=PAYMENT),
    Presence(online=True, software="0.1.0", modalities=(Modality.FACE,), model_hash="ab" * 32),
    Ack(message_id=INSTRUCTION, content_hash=bytes(32)),
    Enrolment(enrolment_id=INSTRUCTION, account="DE-4711", probes=(_SEALED,)),
    FirstInstruction(
        payment_id=PAYMENT,
        instruction_id=INSTRUCTION,
        nonce=NONCE,
        amount_minor=1250,
        currency="EUR",
        payer_name="Ada Byron",
        payee_account="DE-4711",
        payee_name="街角面包店",
        modalities=(Modality.FACE, Modality.FINGERPRINT),
        all_modalities=False,
        challenge=(Action.TURN_LEFT, Action.BLINK),
        preset_time_ms=10_000,
        attempt=2,
        attempts=3,
        previous_reason=Reason.NOT_RECOGNISED,
        purpose=Purpose.RELEASE,
    ),
    SecondInstruction(
        payment_id=PAYMENT,
        instruction_id=INSTRUCTION,
        nonce=NONCE,
        amount_minor=1250,
        currency="EUR",
        payer_name="Ada Byron",
        payee_account="DE-4711",
        payee_name="街角面包店",
        modalities=(Modality.FACE, Modality.FINGERPRINT),
        all_modalities=False,
        challenge=(Action.TURN_LEFT, Action.BLINK),
        preset_time_ms=10_000,
        attempt=2,
        attempts=3,
        previous_reason=Reason.NOT_RECOGNISED,
        first_result=_FIRST,
        hold=_HOLD,
    ),
    PaymentStatus(
        payment_id=PAYMENT,
        revision=4,
        role=Role.PAYER,
        state=PaymentState.HELD,
        amount_minor=1250,
        currency="EUR",
        payer_name="Ada Byron",
        payee_name="街角面包店",
        payee_account="DE-4711",
        first_result=_FIRST,
        reason=Reason.PAYEE_NOT_VERIFIED,
        hold=_HOLD,
    ),
    RECEIPT,
    Reply(
        in_reply_to=INSTRUCTION,
        content_hash=bytes(32),
        status=ReplyStatus.BUSY,
        reason=Reason.BUSY,
        detail="many payments at once",
        retry_after_ms=2000,
    ),
)


def direction_of(body: Message) -> Direction:
    """Which way a message of this kind goes."""
    return Direction.UP if kinds.KIND_OF[type(body)] in kinds.UP else Direction.DOWN


def encoded(body: Message) -> bytes:
    """The envelope of `body` under the fixed keys."""
    direction = direction_of(body)
    key = DEVICE_KEY if direction is Direction.UP else SERVER_KEY
    return codec.encode(key, direction, DEVICE, "2d" * 16, body)


def golden(kind: str) -> tuple[bytes, object]:
    """(envelope bytes, body as JSON values) of the stored vector of `kind`."""
    stored = json.loads((GOLDEN / f"{kind}.json").read_text(encoding="utf-8"))
    return bytes.fromhex(stored["envelope"]), stored["body"]


def main() -> None:
    """Write every vector."""
    GOLDEN.mkdir(exist_ok=True)
    for body in SAMPLES:
        vector = {
            "direction": direction_of(body).value,
            "envelope": encoded(body).hex(),
            "body": json.loads(msgspec.json.encode(body)),
        }
        text = json.dumps(vector, indent=1, ensure_ascii=False) + "\n"
        (GOLDEN / f"{kinds.KIND_OF[type(body)]}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
