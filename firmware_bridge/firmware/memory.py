"""What a board keeps without power: the pairing's key, and that its case was opened. Impure: writes its flash.

Written aside and renamed, so that a power cut leaves the old or the new. MicroPython and CPython alike.
"""

import json
import os

FILE = "board.json"
_ASIDE = "board.new"


class Memory:
    """`key` is empty where there is no pairing. A file that cannot be read is a board that was meddled with."""

    def __init__(self) -> None:
        self.key = b""
        self.tampered = False
        self.openings = 0
        """How often the case was opened, ever."""
        self.starts = 0
        self._read()

    def save(self) -> None:
        """Keep it. Raises OSError where the flash does not take it."""
        key = self.key.hex() if self.key else ""  # MicroPython's hex of nothing is bytes
        values = {"key": key, "tampered": self.tampered, "openings": self.openings, "starts": self.starts}
        with open(_ASIDE, "w") as file:  # noqa: PTH123 - MicroPython has no pathlib
            json.dump(values, file)
        os.rename(_ASIDE, FILE)  # noqa: PTH104

    def _read(self) -> None:
        try:
            with open(FILE) as file:  # noqa: PTH123
                values = json.load(file)
            self.key = bytes.fromhex(values["key"])
            self.tampered = bool(values["tampered"])
            self.openings = int(values["openings"])
            self.starts = int(values["starts"])
        except OSError:
            return  # the first start ever
        except (ValueError, KeyError, TypeError):
            self.tampered = True
            self.openings += 1
