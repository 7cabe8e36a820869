"""What the demo can end with, besides its scenes. Pure; the texts are for whoever called `./run demo`."""

from __future__ import annotations


class DemoError(Exception):
    """The demo cannot be played, or went on no further; the text says what to do or what was seen last."""
