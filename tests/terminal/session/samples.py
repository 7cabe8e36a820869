"""One session in every step, and one of every event, for the tables that must be complete."""

from __future__ import annotations

from collections.abc import Callable

from server_mqtt.contract.messages import CaptureOutcome, Modality, PaymentState, ReplyStatus, Role
from server_mqtt.contract.reasons import Reason
from terminal.presenter.view import ButtonId, Chosen, Keyed, Pressed
from terminal.session.events import (
    CaptureEnded,
    CaptureMoved,
    Event,
    InstructionReceived,
    LinkChanged,
    ModelsFailed,
    ModelsLoaded,
    Replied,
    Restored,
    SensorsFound,
    StatusReceived,
    StorageChanged,
    Ticked,
    Touched,
)
from terminal.session.state import Payee, Progress
from tests.terminal.session.counter import (
    BAKERY,
    BOTH,
    IMPOSTOR,
    PAYEE_ACCOUNT,
    PROBE,
    VERIFIED,
    Counter,
    first,
    ident,
    second,
    status,
)

P = PaymentState
RECENT = Payee(account=PAYEE_ACCOUNT, name=BAKERY)


def payer() -> Counter:
    return Counter(Role.PAYER).start(recents=(RECENT,))


def payee() -> Counter:
    return Counter(Role.PAYEE).start()


def consenting() -> Counter:
    counter = payer().ask().instruct(second(1))
    counter.now_ms += 1_000
    return counter


STEP_SAMPLES: dict[str, Callable[[], Counter]] = {
    "Starting": lambda: Counter(Role.PAYER),
    "Idle": payer,
    "PayeeEntry": lambda: payer().press(ButtonId.NEW_PAYMENT).key("2000"),
    "AmountEntry": lambda: payer().press(ButtonId.NEW_PAYMENT).touch(Chosen(choice=PAYEE_ACCOUNT)).key("12"),
    "Review": lambda: (
        payer().press(ButtonId.NEW_PAYMENT).touch(Chosen(choice=PAYEE_ACCOUNT)).key("12.5").press(ButtonId.NEXT)
    ),
    "Requesting": lambda: payer().ask(),
    "AwaitingPayee": lambda: payer().ask().hear(P.AWAITING_PAYEE, 1),
    "Consenting": consenting,
    "Capturing": lambda: consenting().press(ButtonId.CONSENT),
    "Verifying": lambda: consenting().press(ButtonId.CONSENT).captured(1),
    "AwaitingPayer": lambda: payee().instruct(first(1)).captured(1).hear(P.AWAITING_PAYER, 2, first_result=VERIFIED),
    "Outcome": lambda: payer().ask().hear(P.DECLINED, 3, reason=Reason.UNKNOWN_PAYEE),
    "Checking": lambda: consenting().press(ButtonId.STOP),
}
"""A session in each step, as it gets there: all but one of them the payer's."""


def _touched(touch: Pressed | Keyed | Chosen) -> Touched:
    return Touched(touch=touch, fresh_id=ident(77))


def _status(state: PaymentState, revision: int, role: Role) -> StatusReceived:
    return StatusReceived(status=status(state, revision, role, first_result=IMPOSTOR))


def event_samples(role: Role) -> dict[str, Event]:
    """Every kind of event, those that matter in several shapes; payments 1 (known to the samples) and 9 (to nobody)."""
    instruction = second(5) if role is Role.PAYER else first(5)
    foreign = first(5) if role is Role.PAYER else second(5)
    return {
        "Touched a key": _touched(Keyed(key="1")),
        "Touched a recent payee": _touched(Chosen(choice=PAYEE_ACCOUNT)),
        "Touched stop": _touched(Pressed(button=ButtonId.STOP)),
        "Ticked": Ticked(),
        "ModelsLoaded": ModelsLoaded(),
        "ModelsFailed": ModelsFailed(),
        "SensorsFound": SensorsFound(working=BOTH),
        "SensorsFound none": SensorsFound(working=frozenset()),
        "LinkChanged down": LinkChanged(online=False),
        "LinkChanged up": LinkChanged(online=True),
        "StorageChanged": StorageChanged(works=False),
        "StorageChanged unsent": StorageChanged(works=False, unsent=ident(1)),
        "Restored": Restored(payments=(), recents=()),
        "InstructionReceived": InstructionReceived(instruction=instruction),
        "InstructionReceived foreign": InstructionReceived(instruction=foreign),
        "StatusReceived awaiting_payee": _status(P.AWAITING_PAYEE, 4, role),
        "StatusReceived awaiting_payer": _status(P.AWAITING_PAYER, 4, role),
        "StatusReceived held": _status(P.HELD, 4, role),
        "StatusReceived settled": _status(P.SETTLED, 4, role),
        "Replied accepted": Replied(kind="payer_request", payment_id=ident(1), status=ReplyStatus.ACCEPTED),
        "Replied busy": Replied(kind="payer_request", payment_id=ident(1), status=ReplyStatus.BUSY),
        "Replied refused": Replied(
            kind="payer_request", payment_id=ident(1), status=ReplyStatus.REFUSED, reason=Reason.ID_REUSED
        ),
        "CaptureMoved": CaptureMoved(instruction_id=ident(101), progress=Progress(modality=Modality.FACE)),
        "CaptureEnded": CaptureEnded(instruction_id=ident(101), outcome=CaptureOutcome.CAPTURED, probes=(PROBE,)),
        "CaptureEnded late": CaptureEnded(instruction_id=ident(101), outcome=None),
    }
