"""Which body draws which step. Every `ScreenName` stands here (tested)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from terminal.presenter.view import ScreenName
from terminal.screens.body import StepBody
from terminal.screens.capture import CaptureBody
from terminal.screens.entry import EntryBody
from terminal.screens.idle import IdleBody
from terminal.screens.review import ReviewBody
from terminal.screens.second_instruction import SecondInstructionBody
from terminal.screens.status import StatusBody

BODIES: Final[Mapping[ScreenName, type[StepBody]]] = {
    ScreenName.STARTING: StatusBody,
    ScreenName.OUT_OF_SERVICE: StatusBody,
    ScreenName.IDLE: IdleBody,
    ScreenName.PAYEE_ENTRY: EntryBody,
    ScreenName.AMOUNT_ENTRY: EntryBody,
    ScreenName.REVIEW: ReviewBody,
    ScreenName.PAYER_REQUEST: StatusBody,
    ScreenName.FIRST_INSTRUCTION: StatusBody,
    ScreenName.PAYEE_CAPTURE: CaptureBody,
    ScreenName.FIRST_VERIFICATION: StatusBody,
    ScreenName.FIRST_RESULT: StatusBody,
    ScreenName.SECOND_INSTRUCTION: SecondInstructionBody,
    ScreenName.PAYER_CAPTURE: CaptureBody,
    ScreenName.SECOND_VERIFICATION: StatusBody,
    ScreenName.OUTCOME: StatusBody,
    ScreenName.CHECKING: StatusBody,
}
