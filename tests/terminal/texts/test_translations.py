"""The translations are whole: nothing missing, nothing left over, every placeholder kept."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from models.face.observation import Hint
from models.fingerprint.quality import FingerHint
from models.liveness.challenge import Action as AskedAction
from server_mqtt.contract.messages import Action, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.risk.factors import RiskFactor
from terminal.texts import phrases, reasons
from terminal.texts.catalogue import SOURCE, read_catalogue, texts_in
from terminal.texts.languages import OWN_NAMES, Language
from tests.terminal.texts.all_phrases import all_phrases

ROOT = Path(__file__).parents[3]
PHRASES = dict(all_phrases())
TRANSLATED = [language for language in Language if language is not SOURCE]
BY_TRANSLATION = [(language, where) for language in TRANSLATED for where in PHRASES]


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize(("language", "where"), BY_TRANSLATION)
def test_every_phrase_is_translated_with_the_same_placeholders(language: Language, where: str) -> None:
    english = PHRASES[where]
    translation = read_catalogue(language)[english].string
    assert isinstance(translation, str)
    assert translation.strip(), f"{where} has no words in {language}"
    assert translation != english
    assert placeholders(translation) == placeholders(english)
    assert texts_in(language)(english) == translation


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_translated_that_no_screen_says(language: Language) -> None:
    translated = {str(message.id) for message in read_catalogue(language) if message.id}
    assert translated - set(PHRASES.values()) == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_po_file_is_in_order(language: Language) -> None:
    catalogue = read_catalogue(language)
    assert str(catalogue.locale) == language.value
    assert not any(message.fuzzy for message in catalogue if message.id)
    assert not catalogue.obsolete


def test_every_name_of_the_contract_and_of_the_models_has_words() -> None:
    assert set(reasons.REASONS) == set(Reason)
    assert set(reasons.ACTIONS) == set(Action)
    assert {action.value for action in Action} == {action.value for action in AskedAction}
    assert set(reasons.FACE_HINTS) == set(Hint)
    assert set(reasons.FINGER_HINTS) == set(FingerHint)
    assert set(reasons.RISKS) == {factor.value for factor in RiskFactor}
    assert set(reasons.OWN_REASONS) == set(Role)
    assert set(OWN_NAMES) == set(Language)


def test_only_what_is_well_says_nothing() -> None:
    empty = [key for table in (reasons.FACE_HINTS, reasons.FINGER_HINTS) for key, text in table.items() if not text]
    assert empty == [Hint.OK, FingerHint.OK]


def test_different_phrases_have_different_words() -> None:
    """A phrase that stands twice would have to mean the same in every language."""
    names: dict[str, list[str]] = {}
    for name, english in vars(phrases).items():
        if name.isupper() and isinstance(english, str):
            names.setdefault(english, []).append(name)
    assert [same for same in names.values() if len(same) > 1] == []


def test_every_phrase_is_shown_somewhere() -> None:
    code = "".join(path.read_text() for path in (ROOT / "terminal").rglob("*.py") if path.name != "phrases.py")
    unused = [where for where in PHRASES if where.startswith("phrases.") and where.split(".")[1] not in code]
    assert unused == []
