"""What the two buttons of a bridge board press: a button of the screen that is shown, or nothing. Pure."""

from __future__ import annotations

from enum import StrEnum

from terminal.presenter.view import ButtonId, ButtonKind, Pressed, View


class BoardButton(StrEnum):
    """A button that can be felt."""

    PAY = "pay"
    STOP = "stop"


def pressed(view: View, which: BoardButton) -> Pressed | None:
    """Pay is the screen's first primary button, stop its first that stops, or else goes back; None where there is none.

    A disabled button is none, and the language cannot be pressed: it is nobody's answer.
    """
    shown = [button for button in view.buttons if button.enabled and button.id is not ButtonId.LANGUAGE]
    wanted = (ButtonKind.PRIMARY,) if which is BoardButton.PAY else (ButtonKind.DANGER, ButtonKind.SECONDARY)
    for kind in wanted:
        for button in shown:
            if button.kind is kind:
                return Pressed(button=button.id)
    return None
