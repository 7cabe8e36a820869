"""What names of the contract and of the models mean to a person, in English. Pure data.

Whole sentences that tell what to do next where there is something to do; never how near a failure was.
"""

from __future__ import annotations

from typing import Final

from models.face.observation import Hint
from models.fingerprint.quality import FingerHint
from server_mqtt.contract.messages import Action, Role
from server_mqtt.contract.reasons import Reason
from terminal.texts.phrases import phrase

REASONS: Final[dict[Reason, str]] = {
    Reason.MALFORMED: phrase("The server could not read the message. Please call the service."),
    Reason.TOO_LARGE: phrase("The message was too large. Please call the service."),
    Reason.UNKNOWN_KIND: phrase("The server does not know this kind of message. Please call the service."),
    Reason.UNSUPPORTED_VERSION: phrase("This terminal's software is too old or too new for the server."),
    Reason.UNKNOWN_DEVICE: phrase("The server does not know this terminal."),
    Reason.BAD_SIGNATURE: phrase("The server could not tell that the message came from this terminal."),
    Reason.ID_REUSED: phrase("The server has another payment under this number. Please start again."),
    Reason.UNKNOWN_PAYMENT: phrase("The server has no such payment."),
    Reason.NOT_YOUR_PAYMENT: phrase("This payment belongs to another terminal."),
    Reason.NOT_NOW: phrase("This is not possible at this point of the payment."),
    Reason.BUSY: phrase("The server is busy. Please try again in a moment."),
    Reason.UNKNOWN_PAYEE: phrase("There is no payee with this account number."),
    Reason.UNKNOWN_PAYER: phrase("The payer's account is not known."),
    Reason.ACCOUNT_NOT_ON_THIS_TERMINAL: phrase("This account cannot be used at this terminal."),
    Reason.PAYEE_IS_PAYER: phrase("This is your own account number."),
    Reason.AMOUNT_NOT_A_NUMBER: phrase("This is not an amount."),
    Reason.AMOUNT_ZERO: phrase("The amount is zero."),
    Reason.AMOUNT_NEGATIVE: phrase("The amount is below zero."),
    Reason.AMOUNT_TOO_LARGE: phrase("The amount is more than may be paid at once."),
    Reason.AMOUNT_TOO_PRECISE: phrase("The amount has more decimals than the currency."),
    Reason.UNKNOWN_CURRENCY: phrase("This currency is not known."),
    Reason.CURRENCY_NOT_HELD: phrase("The account does not hold this currency."),
    Reason.INSUFFICIENT_FUNDS: phrase("There is not enough money in the payer's account."),
    Reason.PAYER_NOT_ENROLLED: phrase("The payer has not been enrolled yet."),
    Reason.ACCOUNT_BLOCKED: phrase("The account is blocked."),
    Reason.PAYEE_OFFLINE: phrase("Their terminal is switched off or not connected."),
    Reason.PAYEE_BUSY: phrase("Their terminal is busy with other payments."),
    Reason.UNKNOWN_INSTRUCTION: phrase("The server no longer waits for this answer."),
    Reason.NONCE_USED: phrase("This was answered before."),
    Reason.TOO_LATE: phrase("The answer came too late."),
    Reason.WRONG_TERMINAL: phrase("The answer came from another terminal than the one that was asked."),
    Reason.CONSENT_DIFFERS: phrase("The payment is not what was agreed to."),
    Reason.MODALITY_NOT_ACCEPTED: phrase("The server asked for another kind of check."),
    Reason.TEMPLATE_UNREADABLE: phrase("The capture could not be read."),
    Reason.MODEL_NOT_ACCEPTED: phrase("This terminal does not fit the enrolment: one of them must be renewed."),
    Reason.TEMPLATE_REPLAYED: phrase("The capture was not a new one."),
    Reason.LIVENESS_FAILED: phrase("The check for a living person was not passed."),
    Reason.NOT_RECOGNISED: phrase("Not recognised."),
    Reason.NOT_CAPTURED: phrase("Nothing could be captured."),
    Reason.SENSOR_FAILED: phrase("The camera or the fingerprint reader did not work."),
    Reason.NOT_ENROLLED: phrase("This person has not been enrolled yet."),
    Reason.ATTEMPTS_USED_UP: phrase("All attempts were used."),
    Reason.LOCKED_OUT: phrase("Too many checks failed. Please try again later."),
    Reason.TIMED_OUT: phrase("Nobody answered in time."),
    Reason.PAYER_STOPPED: phrase("The payer stopped the payment."),
    Reason.PAYEE_REFUSED: phrase("The payee refused the payment."),
    Reason.PAYER_NOT_VERIFIED: phrase("The payer was not verified."),
    Reason.PAYEE_NOT_VERIFIED: phrase("The payee was not verified."),
    Reason.PAYEE_NOT_CHECKED: phrase("The payee could not be checked."),
    Reason.PAYEE_RISKY: phrase("This payee needs a second look for safety."),
    Reason.PAYEE_CLOSED: phrase("The payee's account was closed."),
    Reason.HOLD_EXPIRED: phrase("The payee was not verified in time."),
    Reason.EXTENSIONS_USED_UP: phrase("The money was held longer as often as it may be."),
    Reason.SAME_PERSON: phrase("Two different people have to agree to it."),
    Reason.NO_REASON_GIVEN: phrase("It was not said why."),
    Reason.MORE_THAN_IS_LEFT: phrase("This is more than is left of the payment."),
    Reason.PAYEE_SHORT_OF_FUNDS: phrase("There is not enough money in the payee's account."),
    Reason.OPERATOR_RELEASED: phrase("The service decided to pay it out."),
    Reason.OPERATOR_REFUNDED: phrase("The service decided to send it back."),
}

OWN_REASONS: Final[dict[Role, dict[Reason, str]]] = {
    Role.PAYER: {
        Reason.INSUFFICIENT_FUNDS: phrase("There is not enough money in your account."),
        Reason.PAYER_NOT_ENROLLED: phrase("You have not been enrolled yet."),
        Reason.PAYER_STOPPED: phrase("You stopped the payment."),
        Reason.PAYER_NOT_VERIFIED: phrase("You were not verified."),
    },
    Role.PAYEE: {
        Reason.PAYEE_REFUSED: phrase("You refused the payment."),
        Reason.PAYEE_NOT_VERIFIED: phrase("You were not verified."),
        Reason.PAYEE_NOT_CHECKED: phrase("You could not be checked."),
        Reason.PAYEE_OFFLINE: phrase("Your terminal was switched off or not connected."),
        Reason.PAYEE_BUSY: phrase("Your terminal was busy with other payments."),
        Reason.PAYEE_CLOSED: phrase("Your account was closed."),
        Reason.PAYEE_RISKY: phrase("Your account needs a second look for safety."),
        Reason.HOLD_EXPIRED: phrase("You were not verified in time."),
    },
}
"""Reasons that speak of the person who reads them, where the role says that it is they."""

RISKS: Final[dict[str, str]] = {
    "marked": phrase("The operator has marked this payee for a second look."),
    "failed_lately": phrase("This payee failed several checks lately."),
    "seldom_verified": phrase("Many checks of this payee failed."),
    "holds_expired": phrase("Money held for this payee was not fetched in time before."),
    "new_account": phrase("This payee's account is new."),
    "disputed": phrase("Payments to this payee were disputed lately."),
    "unusual_pace": phrase("This payee has many more payments than usual at the moment."),
    "unusual_amount": phrase("The amount is much larger than this payee's usual ones."),
    "new_terminal": phrase("This payee's terminal is new."),
}
"""The server's names for what makes a payee risky, in the payer's words; a new name has those of `PAYEE_RISKY`."""

FACE_HINTS: Final[dict[Hint, str]] = {
    Hint.NO_FACE: phrase("Come in front of the camera"),
    Hint.SEVERAL_FACES: phrase("One person only, please"),
    Hint.TOO_FAR: phrase("Come a little closer"),
    Hint.TOO_NEAR: phrase("Move back a little"),
    Hint.TOO_DARK: phrase("It is too dark: turn towards the light"),
    Hint.TOO_BRIGHT: phrase("It is too bright: turn away from the light"),
    Hint.CUT_OFF: phrase("Move so that the whole face is in the picture"),
    Hint.LOOK_AT_THE_CAMERA: phrase("Look straight into the camera, face at rest"),
    Hint.HOLD_STILL: phrase("Hold still"),
    Hint.EYES_COVERED: phrase("Uncover your eyes: take off dark glasses"),
    Hint.MOUTH_COVERED: phrase("Uncover your mouth: take off the mask"),
    Hint.OK: "",
}

FINGER_HINTS: Final[dict[FingerHint, str]] = {
    FingerHint.OK: "",
    FingerHint.NO_FINGER: phrase("No finger was seen"),
    FingerHint.CENTER_FINGER: phrase("Put the finger in the middle"),
    FingerHint.PRESS_FIRMER: phrase("Press a little more firmly"),
    FingerHint.TOO_DRY: phrase("The finger is very dry: breathe on it"),
    FingerHint.TOO_WET: phrase("The finger is wet: wipe it, please"),
}

ACTIONS: Final[dict[Action, str]] = {
    Action.TURN_LEFT: phrase("Turn your head slowly to your left"),
    Action.TURN_RIGHT: phrase("Turn your head slowly to your right"),
    Action.BLINK: phrase("Close both eyes for a second"),
    Action.OPEN_MOUTH: phrase("Open your mouth wide"),
    Action.LOOK_UP: phrase("Look up, with your whole head"),
    Action.LOOK_DOWN: phrase("Look down, with your whole head"),
    Action.COME_NEARER: phrase("Bring your face closer to the camera"),
}
