"""Whether an answer belongs to this instruction, this terminal, this moment and this payment. Pure.

What is not bound does not count: it is refused and changes nothing, not even the number of attempts.
"""

from __future__ import annotations

from server_mqtt.contract.messages import Consent, PayeeCapture, PayerCapture, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.instruction import OpenInstruction


def check_answer(
    open_instruction: OpenInstruction | None,
    role: Role,
    device: str,
    capture: PayeeCapture | PayerCapture,
    used: bool | None,
    received_at_ms: int,
) -> Reason | None:
    """Why `capture`, sent by `device` of an account at the end `role`, does not count, or None. First failure wins.

    `used` is what is stored of the instruction it names: None if there never was one for this payment and role.
    """
    if open_instruction is None or open_instruction.role is not role:
        return _not_open(used)
    if capture.instruction_id != open_instruction.instruction_id:
        return _not_open(used)
    if device not in open_instruction.devices:
        return Reason.WRONG_TERMINAL
    if capture.nonce != open_instruction.nonce:
        return Reason.UNKNOWN_INSTRUCTION
    if open_instruction.pending:
        return Reason.NONCE_USED
    if received_at_ms >= open_instruction.deadline_ms:
        return Reason.TOO_LATE
    return None


def check_consent(given: Consent, told: Consent) -> Reason | None:
    """Why the payer's consent is not to what the instruction said (PSD2 RTS Art. 5: any change voids it), or None."""
    return None if given == told else Reason.CONSENT_DIFFERS


def _not_open(used: bool | None) -> Reason:
    if used is None:
        return Reason.UNKNOWN_INSTRUCTION
    return Reason.NONCE_USED if used else Reason.TOO_LATE
