"""What the screens are drawn with: every scene of the presenter, usual and as long as people make it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from terminal.presenter.view import Button, ButtonId, Countdown, Row, ScreenName, Tone, View
from terminal.texts.languages import Language
from tests.screens.journeys import CHINESE, LATIN, USUAL, WIDE, Cast, presented_views

CASTS: Final[Mapping[str, Cast]] = {"": USUAL, "latin": LATIN, "chinese": CHINESE, "wide": WIDE}
DRAWN: Final = {Language.ENGLISH: ("", "latin", "wide"), Language.CHINESE: ("", "chinese")}
"""Which casts are drawn in which language."""

BEYOND: Final[Mapping[str, View]] = {
    "beyond_waiting": View(
        screen=ScreenName.PAYER_REQUEST,
        tone=Tone.WAITING,
        title="One moment",
        message="A view may count down wherever it likes.",
        rows=(Row(label="To", value="Corner Bakery", strong=True), Row(label="Payment", value="7F3K-22QD")),
        buttons=(Button(id=ButtonId.RETRY, text="Try again"), Button(id=ButtonId.DONE, text="Close", enabled=False)),
        countdown=Countdown(total_ms=180_000, ends_at_ms=154_000),
    ),
    "beyond_wordy": View(
        screen=ScreenName.OUT_OF_SERVICE,
        tone=Tone.NEUTRAL,
        title="A title that goes on for very much longer than any title of this terminal does " * 2,
        message="A message of many words, none of which is of any help to whoever stands before it. " * 4,
        detail="And details, every one of them dear to the person who wrote it down. " * 8,
        status_line="connected · " * 30,
    ),
}
"""What a `View` can say although the presenter does not."""


def sample_views(language: Language, cast: str = "") -> dict[str, View]:
    """The presenter's views by name, `cast` being a key of `CASTS`."""
    suffix = f"-{cast}" if cast else ""
    return {f"{name}{suffix}": view for name, view in presented_views(language, CASTS[cast]).items()}
