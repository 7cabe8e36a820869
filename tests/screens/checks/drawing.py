"""Every view is drawn whole, at once, legibly, in both languages."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from terminal.presenter.view import ScreenName, View
from terminal.screens.entry import ChoiceList
from terminal.screens.picture import window_pixels
from terminal.screens.theme import MIN_TOUCH
from terminal.texts.catalogue import texts_in
from terminal.texts.languages import Language
from tests.screens.checks.touching import LIST
from tests.screens.samples import BEYOND
from tests.screens.stage import Stage
from tests.screens.survey import Seen, is_extreme, survey
from tests.screens.tree import box_of
from tests.terminal.texts.all_phrases import all_phrases

# isort: split
from kivy.core.text import Label as CoreLabel

NINE_MM = 9 * 800 / 152.4
"""Units of the theme, whose 800 are the 6 inches across a 7-inch panel."""
SMALLEST_TEXT = 12
"""1.5 mm of cap height on a 7-inch panel; only the line of states is so small."""
CONSENT_AMOUNT, CONSENT_PAYEE = 60, 30
UNASSIGNED = "\u0378"
"""No font has it: it is drawn as the empty box that stands for any missing character."""
COLOURS_MIN = 50
"""A blank picture has one; one with a few smooth letters has hundreds."""


def _words(view: View) -> Counter[str]:
    """All that a view says, as often as it says it."""
    said = [view.title, view.amount, view.message, view.detail, view.status_line]
    said += [text for row in view.rows for text in (row.label, row.value)]
    said += [button.text for button in view.buttons]
    said += [text for choice in view.choices for text in (choice.text, choice.detail)]
    if view.keypad is not None:
        said += [view.keypad.entered, view.keypad.caption, view.keypad.problem]
        said += [key for row in view.keypad.keys for key in row if key != "<"]
    if view.capture is not None:
        said += [view.capture.prompt, view.capture.hint]
    return Counter(text for text in said if text)


def all_that_a_view_says_is_drawn(stage: Stage) -> None:
    for seen in survey(stage):
        missing = _words(seen.view) - Counter(text.content for text in seen.texts)
        assert not missing, f"{seen.name}: not drawn: {missing}"


def a_view_is_whole_in_its_first_frame(stage: Stage) -> None:
    for seen in survey(stage):
        assert not seen.moved, f"{seen.name}: {seen.moved[:3]}"


def texts_fit_their_boxes_and_the_window(stage: Stage) -> None:
    window = box_of(stage.app.frame)
    for seen in survey(stage):
        for text in seen.texts:
            assert text.box.holds(text.letters), f"{seen.name}: {text.text!r} leaves its box: {text}"
            assert text.in_list or window.holds(text.letters), f"{seen.name}: {text.text!r} leaves the window: {text}"


def texts_cover_nothing(stage: Stage) -> None:
    for seen in survey(stage):
        drawn = [text for text in seen.texts if not text.in_list]
        for index, text in enumerate(drawn):
            covered = [other.text for other in drawn[index + 1 :] if text.letters.meets(other.letters)]
            assert not covered, f"{seen.name}: {text.text!r} covers {covered}"
            others = [target for target in seen.targets if not target.in_list and target.touch != text.on]
            pressed = [target.touch for target in others if text.letters.meets(target.box)]
            assert not pressed, f"{seen.name}: {text.text!r} lies on {pressed}"


def only_names_in_lists_are_cut(stage: Stage) -> None:
    for seen in survey(stage):
        for text in seen.texts:
            assert _is_whole(text.content, text.text) or text.in_choice or seen.name in BEYOND, (
                f"{seen.name}: {text.content!r} is cut to {text.text!r}"
            )


def _is_whole(content: str, drawn: str) -> bool:
    return drawn.replace("\n", "").replace(" ", "") == content.replace(" ", "")


def texts_are_large_enough(stage: Stage) -> None:
    for seen in survey(stage):
        small = [text for text in seen.texts if text.size < SMALLEST_TEXT - 0.01]
        assert not small, f"{seen.name}: {small}"


def the_consent_is_in_large_type(stage: Stage) -> None:
    asking = [seen for seen in survey(stage) if seen.view.screen is ScreenName.SECOND_INSTRUCTION]
    consents = [seen for seen in asking if not is_extreme(seen.name)]
    assert consents
    for seen in consents:
        sizes = {text.content: text.size for text in seen.texts}
        assert sizes[seen.view.amount] >= CONSENT_AMOUNT, f"{seen.name}: {sizes}"
        assert sizes[seen.view.rows[0].value] >= CONSENT_PAYEE, f"{seen.name}: {sizes}"


def what_can_be_touched_is_large_enough_and_apart(stage: Stage) -> None:
    assert MIN_TOUCH >= NINE_MM
    for seen in survey(stage):
        for index, target in enumerate(seen.targets):
            smaller = min(target.box.width, target.box.height)
            assert smaller >= NINE_MM * stage.density, f"{seen.name}: {target}"
            others = [other for other in seen.targets[index + 1 :] if not (target.in_list or other.in_list)]
            under = [other.touch for other in others if target.box.meets(other.box)]
            assert not under, f"{seen.name}: {target.touch} lies on {under}"


def every_character_is_in_the_font(stage: Stage) -> None:
    said = "".join(text for seen in survey(stage) for text in _words(seen.view))
    said += "".join(texts_in(language)(phrase) for language in Language for _, phrase in all_phrases())
    tofu = _glyph(UNASSIGNED)
    missing = [one for one in sorted(set(said) - {" "}) if _glyph(one) == tofu]
    assert not missing, missing


def _glyph(character: str) -> bytes:
    label = CoreLabel(text=character, font_size=32)
    label.refresh()
    return bytes(label.texture.pixels)


def a_list_is_drawn_inside_its_box_only(stage: Stage) -> None:
    stage.show(replace(LIST, choices=()))
    empty = window_pixels()
    stage.show(LIST)
    changed = np.argwhere((window_pixels() != empty).any(axis=2))
    box = box_of(next(widget for widget in stage.app.frame.walk() if isinstance(widget, ChoiceList)))
    top_down = stage.app.frame.height - changed[:, 0]
    assert len(changed) > 1_000
    assert box.bottom <= top_down.min() - 1 <= top_down.max() <= box.top + 1
    assert box.left - 1 <= changed[:, 1].min() <= changed[:, 1].max() <= box.right + 1


def no_picture_is_blank_and_no_two_look_alike(stage: Stage) -> None:
    looks: dict[bytes, Seen] = {}
    for seen in survey(stage):
        if seen.look is not None:
            assert seen.look.colours >= COLOURS_MIN, f"{seen.name}: {seen.look.colours} colours"
            twin = looks.setdefault(seen.look.digest, seen)
            assert twin.view == seen.view, f"{seen.name} looks like {twin.name}"
    assert len(looks) >= len(ScreenName)
