"""What the demo's director and its terminals say to each other: one JSON object a line. Values only; pure.

Times are milliseconds of the machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from terminal.presenter.view import ScreenName, Tone
from terminal.texts.languages import Language


class FingerOf(StrEnum):
    """Whose finger comes to the reader."""

    OWNER = "owner"
    IMPOSTOR = "impostor"
    NOBODY = "nobody"


class FaceOf(StrEnum):
    """What comes before the camera: the right person, their photo on paper, the right person who does other things
    than asked, or nobody.
    """

    OWNER = "owner"
    PHOTOGRAPH = "photograph"
    CONTRARY = "contrary"
    NOBODY = "nobody"


# --- director to terminal ---


class Order(Struct, frozen=True, kw_only=True, tag_field="do", tag=str.lower):
    """Something the person at a terminal is told before they act by themselves."""


class Scene(Order, frozen=True, kw_only=True):
    """A new scene: nobody is there, nothing is wanted; pictures go into `folder`."""

    folder: str


class Stand(Order, frozen=True, kw_only=True):
    """Who comes to the sensors, attempt by attempt; the last one stays."""

    fingers: tuple[FingerOf, ...] = (FingerOf.NOBODY,)
    faces: tuple[FaceOf, ...] = (FaceOf.NOBODY,)


class Away(Order, frozen=True, kw_only=True):
    """Nobody is at the terminal, until somebody stands there again."""


class Speak(Order, frozen=True, kw_only=True):
    """The language the person reads: they touch the language button if the screen speaks another."""

    language: Language


class Pay(Order, frozen=True, kw_only=True):
    """The payer wants to pay so much to this account, and will agree or stop when the first result is shown."""

    account: str
    amount: str
    agrees: bool = True


# --- terminal to director ---


class News(Struct, frozen=True, kw_only=True, tag_field="news", tag=str.lower):
    """Something that happened at a terminal."""

    at_ms: int


class Seen(News, frozen=True, kw_only=True):
    """The screen changed, and this is what a person reads on it; `picture` is the file it was drawn to."""

    screen: ScreenName
    tone: Tone
    language: Language
    title: str
    amount: str = ""
    message: str = ""
    detail: str = ""
    prompt: str = ""
    rows: tuple[str, ...] = ()
    picture: str = ""

    @property
    def words(self) -> str:
        """Everything on it in one string, for looking things up."""
        return "\n".join((self.title, self.amount, self.message, self.detail, self.prompt, *self.rows))


class Did(News, frozen=True, kw_only=True):
    """What the person did, in words; `who` where it is not the one whose terminal it is."""

    what: str
    who: str = ""


class Trouble(News, frozen=True, kw_only=True):
    """The terminal cannot go on."""

    why: str


AnyOrder = Scene | Stand | Away | Speak | Pay
AnyNews = Seen | Did | Trouble

_ORDERS: Final = msgspec.json.Decoder(AnyOrder)
_NEWS: Final = msgspec.json.Decoder(AnyNews)
_ENCODER: Final = msgspec.json.Encoder()


def line_of(message: AnyOrder | AnyNews) -> bytes:
    """One line, its end included."""
    return _ENCODER.encode(message) + b"\n"


def order_in(line: bytes) -> AnyOrder:
    """The order in a line; raises msgspec.DecodeError for anything else."""
    order: AnyOrder = _ORDERS.decode(line)
    return order


def news_in(line: bytes) -> AnyNews:
    """The news in a line; raises msgspec.DecodeError for anything else."""
    news: AnyNews = _NEWS.decode(line)
    return news
