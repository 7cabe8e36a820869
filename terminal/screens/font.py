"""The one font, with Latin and Chinese: Kivy never falls back from one font to another. Impure: Kivy's registry."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kivy.core.text import LabelBase

from terminal.errors import TerminalError

FONT: Final = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
FONT_PACKAGE: Final = "fonts-wqy-microhei"
KIVY_DEFAULT_FONT: Final = "Roboto"
"""The name all of Kivy's widgets ask for unless told otherwise."""


class FontMissingError(TerminalError):
    """The screens' font is not installed; the message says which package has it."""


def register_font(path: Path = FONT) -> None:
    """Make `path` the font of every widget. Raises FontMissingError."""
    if not path.is_file():
        raise FontMissingError(f"the screens' font is missing: {path}; install it with: apt-get install {FONT_PACKAGE}")
    LabelBase.register(KIVY_DEFAULT_FONT, fn_regular=str(path))
