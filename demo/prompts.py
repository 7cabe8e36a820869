"""What a prompt on the screen asks a person to do, read back from its words in the terminal's own catalogue.

Impure: the catalogue reads the package's file of a language, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from server_mqtt.contract.messages import Action
from terminal.texts import phrases
from terminal.texts.catalogue import texts_in
from terminal.texts.languages import Language


class FingerPrompt(StrEnum):
    """What the reader wants of the finger."""

    PLACE = "place"
    LIFT = "lift"
    KEEP = "keep"


class FacePrompt(StrEnum):
    """What the camera wants of a face besides its actions."""

    KEEP = "keep_so"


Asked = Action | FingerPrompt | FacePrompt


@cache
def prompts_in(language: Language) -> Mapping[str, Asked]:
    """Every prompt that asks for a deed, by its words in a language; the others ask to look or to wait."""
    texts = texts_in(language)
    actions: dict[str, Asked] = {texts.action(action): action for action in Action}
    return actions | {
        texts(phrases.PLACE_FINGER): FingerPrompt.PLACE,
        texts(phrases.LIFT_FINGER): FingerPrompt.LIFT,
        texts(phrases.KEEP_FINGER): FingerPrompt.KEEP,
        texts(phrases.KEEP_SO): FacePrompt.KEEP,
    }


def asked_by(prompt: str, language: str) -> Asked | None:
    """What a person who reads `prompt` does; None where it asks for no deed."""
    return prompts_in(Language(language)).get(prompt)
