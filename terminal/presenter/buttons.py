"""The words and weight of every button. Pure."""

from __future__ import annotations

from typing import Final

from terminal.presenter.view import Button, ButtonId, ButtonKind
from terminal.texts import phrases
from terminal.texts.catalogue import Texts
from terminal.texts.languages import OWN_NAMES

WORDS: Final = {
    ButtonId.NEW_PAYMENT: phrases.NEW_PAYMENT,
    ButtonId.NEXT: phrases.NEXT,
    ButtonId.BACK: phrases.BACK,
    ButtonId.PAY: phrases.PAY,
    ButtonId.CONSENT: phrases.AGREE,
    ButtonId.STOP: phrases.STOP,
    ButtonId.REFUSE: phrases.REFUSE,
    ButtonId.DONE: phrases.DONE,
}
"""What a button says, unless a screen has a better word."""

KINDS: Final = {
    ButtonId.BACK: ButtonKind.SECONDARY,
    ButtonId.LANGUAGE: ButtonKind.SECONDARY,
    ButtonId.STOP: ButtonKind.DANGER,
    ButtonId.REFUSE: ButtonKind.DANGER,
}
"""What is not primary."""


def button(texts: Texts, which: ButtonId, *, words: str = "", enabled: bool = True) -> Button:
    """A button, in the reader's language."""
    kind = KINDS.get(which, ButtonKind.PRIMARY)
    return Button(id=which, text=texts(words or WORDS[which]), kind=kind, enabled=enabled)


def language_button(texts: Texts) -> Button:
    """The way to the next language, in that language's own name."""
    text = OWN_NAMES[texts.language.following]
    return Button(id=ButtonId.LANGUAGE, text=text, kind=KINDS[ButtonId.LANGUAGE])
