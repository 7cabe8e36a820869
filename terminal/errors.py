"""Every error that the terminal's own code raises, one class per cause. Pure.

The text is for the person who can act on it: the technician at the terminal.
"""

from __future__ import annotations


class TerminalError(Exception):
    """The terminal cannot do what was asked."""


class ConfigError(TerminalError):
    """terminal.toml, or a file it names, is missing or wrong; the text names the file and the setting."""


class StorageError(TerminalError):
    """The terminal's disk does not keep what it was given: full, read-only, damaged. Tried again by itself."""


class StorageRefusedError(StorageError):
    """The folder must not be used: another process uses it, or what is in it is another terminal's."""


class EnrolmentError(TerminalError):
    """No usable reference could be captured; the text says what to do differently."""
