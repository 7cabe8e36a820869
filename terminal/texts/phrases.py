"""What the screens say, in English, which is also the key of every translation. Pure data.

Short, plain, polite; about the person and the money, never about the machine's insides. `{...}` is filled in.
"""

from __future__ import annotations

from typing import Final


def phrase(english: str) -> str:
    """Marks a text for translation; it is looked up where it is shown."""
    return english


# --- buttons ---
NEW_PAYMENT: Final = phrase("New payment")
NEXT: Final = phrase("Next")
BACK: Final = phrase("Back")
PAY: Final = phrase("Pay")
AGREE: Final = phrase("Agree and verify")
STOP: Final = phrase("Stop")
REFUSE: Final = phrase("Refuse")
NOT_NOW: Final = phrase("Not now")
DONE: Final = phrase("Done")
CLOSE: Final = phrase("Close")

# --- labels ---
TO: Final = phrase("To")
FROM: Final = phrase("From")
ACCOUNT: Final = phrase("Account")
YOUR_ACCOUNT: Final = phrase("Your account")
PAYEES_NUMBER: Final = phrase("Payee's account number")
AMOUNT: Final = phrase("Amount")
PAYMENT: Final = phrase("Payment")
UNNAMED: Final = phrase("Account {account}")
UNNAMED_PAYER: Final = phrase("Name not given")
MINOR_UNITS: Final = phrase("{amount} minor units of {currency}")

# --- before a payment ---
STARTING: Final = phrase("Starting")
STARTING_MESSAGE: Final = phrase("One moment, please.")
IDLE_PAYER: Final = phrase("Ready to pay")
IDLE_PAYER_MESSAGE: Final = phrase("Pay somebody who proves who they are.")
IDLE_PAYER_DETAIL: Final = phrase("Both of you are verified, then the money moves.")
IDLE_PAYEE: Final = phrase("Ready")
IDLE_PAYEE_MESSAGE: Final = phrase("Waiting for a payment.")
WHO_IS_PAID: Final = phrase("Who is paid?")
HOW_MUCH: Final = phrase("How much?")
REVIEW: Final = phrase("Is this right?")
REVIEW_MESSAGE: Final = phrase("No money moves before both of you are verified.")
NOT_READY: Final = phrase("Not ready at the moment")
NOT_POSSIBLE_NOW: Final = phrase("The terminal has no connection at the moment. Please wait.")
OUT_OF_SERVICE: Final = phrase("Out of service")
PROBLEM_MODELS: Final = phrase("The recognition software is missing or damaged.")
PROBLEM_MODELS_DETAIL: Final = phrase("No payment can be made here. Please call the service.")
PROBLEM_SENSORS: Final = phrase("Neither the camera nor the fingerprint reader answers.")
PROBLEM_SENSORS_DETAIL: Final = phrase("Please check their cables. The terminal goes on by itself.")
PROBLEM_STORAGE: Final = phrase("The terminal cannot save anything.")
PROBLEM_STORAGE_DETAIL: Final = phrase(
    "Its memory is full or damaged. No payment can be made. Please call the service."
)
PROBLEM_LINK: Final = phrase("The payment server cannot be reached.")
PROBLEM_LINK_DETAIL: Final = phrase("No payment is lost. Please check the network. The terminal goes on by itself.")

# --- the status line ---
CONNECTED: Final = phrase("Connected")
NOT_CONNECTED: Final = phrase("No connection, trying again")
CAMERA_READY: Final = phrase("camera ready")
READER_READY: Final = phrase("fingerprint reader ready")
NO_CAMERA: Final = phrase("no camera")
NO_READER: Final = phrase("no fingerprint reader")

# --- a payment on its way ---
REQUESTING: Final = phrase("Sending your request")
NOTHING_MOVED: Final = phrase("No money has moved.")
SERVER_BUSY: Final = phrase("The server is busy. The terminal tries again by itself.")
NOT_SENT_YET: Final = phrase("No connection. Your request is kept and sent as soon as there is one.")
NO_WORD_YET: Final = phrase("No connection. Nothing was heard from the server yet; the terminal goes on trying.")
AWAITING_PAYEE: Final = phrase("The payee is being verified")
AWAITING_PAYEE_MESSAGE: Final = phrase("They show who they are at their terminal.")
YOU_DECIDE_NEXT: Final = phrase("No money has moved. You decide next.")
VERIFYING: Final = phrase("Checking that it is you")
VERIFYING_MESSAGE: Final = phrase("This takes a moment.")
TIME_OVER: Final = phrase("The time is over")
CAPTURE_FAILED: Final = phrase("That did not work")
SENSOR_FAILED: Final = phrase("The camera or the fingerprint reader does not answer.")
SERVER_DECIDES: Final = phrase("The server decides what happens next.")
NOT_YET_DECIDED: Final = phrase("Not yet decided. This takes longer than usual.")
ANSWER_NOT_COUNTED: Final = phrase("This answer could not be used.")

# --- captures ---
PAYEE_CAPTURE: Final = phrase("You are being paid: show that it is you")
PAYEE_RELEASE: Final = phrase("Money is waiting: show that it is you")
PAYER_CAPTURE: Final = phrase("Show that it is you")
ATTEMPT: Final = phrase("Attempt {attempt} of {attempts}.")
BOTH_NEEDED: Final = phrase("Your face and your fingerprint are both needed.")
PLACE_FINGER: Final = phrase("Put your finger on the reader")
LIFT_FINGER: Final = phrase("Lift your finger and put it down again")
KEEP_FINGER: Final = phrase("Keep your finger still")
LOOK_STRAIGHT: Final = phrase("Look straight into the camera")
KEEP_SO: Final = phrase("Stay like this until you are told")
GET_READY: Final = phrase("Get ready")

# --- first result, at the payee's ---
FIRST_RESULT_VERIFIED: Final = phrase("You are verified")
FIRST_RESULT_VERIFIED_MESSAGE: Final = phrase("Waiting for the payer to agree.")
FIRST_RESULT_NOT: Final = phrase("You were not verified")
FIRST_RESULT_NOT_CHECKED: Final = phrase("You could not be checked")
FIRST_RESULT_NOT_MESSAGE: Final = phrase("The payer decides whether to go on. If so, the money is held for you.")
FIRST_RESULT_HELD_MESSAGE: Final = phrase("If they do, the money is held for you at first.")
FIRST_RESULT_UNKNOWN: Final = phrase("Your part is done")
NOT_PAID_YET: Final = phrase("Not paid yet: please do not hand anything over.")

# --- second instruction, at the payer's ---
SECOND_INSTRUCTION: Final = phrase("Do you agree to this payment?")
PAYEE_VERIFIED: Final = phrase("{payee} is verified.")
PAYEE_VERIFIED_BY_FACE: Final = phrase("{payee} is verified: their face was checked just now.")
PAYEE_VERIFIED_BY_FINGERPRINT: Final = phrase("{payee} is verified: their fingerprint was checked just now.")
PAYEE_NOT_VERIFIED: Final = phrase("{payee} is NOT verified.")
PAYEE_COULD_NOT_BE_CHECKED: Final = phrase("{payee} could NOT be checked.")
PAYEE_REFUSED: Final = phrase("{payee} refused to be verified.")
MOVES_AT_ONCE: Final = phrase("The money moves as soon as you are verified.")
WILL_BE_HELD: Final = phrase("If you agree, the money is held, not paid.")
HELD_UNTIL_VERIFIED: Final = phrase("They get it once they are verified; otherwise it comes back to you in {time}.")
HELD_UNTIL_VERIFIED_AGAIN: Final = phrase(
    "They get it once they are verified again; otherwise it comes back to you in {time}."
)

# --- outcomes ---
PAID: Final = phrase("Paid")
PAID_TO_YOU: Final = phrase("You are paid")
PAID_PAYER: Final = phrase("The money has moved to {payee}.")
PAID_PAYEE: Final = phrase("The money has moved to your account.")
HELD: Final = phrase("Held, not paid yet")
HELD_PAYER: Final = phrase("The money has left your account, but {payee} does not have it yet.")
HELD_PAYEE: Final = phrase("The money is kept for you, but it is not yours yet.")
ASKED_AGAIN: Final = phrase("You are asked here again to show that it is you. Without that it goes back in {time}.")
HOLD_ENDS_SOON: Final = phrase("The time for this payment is nearly over.")
HOLD_OVER_PAYER: Final = phrase("The time for that is over. The server is about to send it back to you.")
HOLD_OVER_PAYEE: Final = phrase("The time for that is over. The server is about to send it back to the payer.")
RELEASED: Final = phrase("Paid out")
RELEASED_PAYER: Final = phrase("{payee} was verified. The money that was held has moved to them.")
RELEASED_PAYEE: Final = phrase("You were verified. The money that was held has moved to your account.")
RELEASED_BY_ORDER: Final = phrase("What was held has been paid out to {payee}.")
PART_PAID: Final = phrase("{amount} of it was paid out.")
PART_BACK: Final = phrase("{amount} of it went back to the payer.")
REFUNDED: Final = phrase("Refunded")
REFUNDED_PAYER: Final = phrase("The money that was held is back in your account.")
REFUNDED_PAYEE: Final = phrase("The money that was held went back to the payer.")
DECLINED: Final = phrase("Not paid")

# --- checking ---
CHECKING: Final = phrase("Checking how it ended")
CHECKING_RESTARTED: Final = phrase("This terminal was restarted during a payment. It asks the server how it ended.")
CHECKING_STOPPED: Final = phrase("You stopped. Waiting for the server to confirm.")
CHECKING_REFUSED: Final = phrase("You refused. Waiting for the server to confirm.")
CHECKING_DIFFERS: Final = phrase("The server named another payee or amount than yours. The payment was stopped here.")
CHECKING_UNKNOWN: Final = phrase("How this payment ended is not known here yet.")
CHECKING_SEVERAL: Final = phrase("{count} payments are being checked.")
DO_NOT_REPEAT: Final = phrase("Please do not pay again before this is known.")
NOTHING_TO_HAND_OVER: Final = phrase("Please do not hand anything over before this is known.")
