"""From an empty folder to the written report: set-up, scenes, ledger. Impure throughout; the order is all it knows."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo import report
from demo.books import Books
from demo.broker import free_port, start_broker
from demo.children import Child, Children, children_in, python
from demo.crew import Station
from demo.director import Director
from demo.errors import DemoError
from demo.installation import Installation, configure_server, configure_terminal, found
from demo.ledger_page import show_ledger
from demo.narration import Ink, Narrator
from demo.people import PARTIES, Party
from demo.scenes import POLICY, SCENES, DemoScene
from demo.stage import START, Stage
from terminal.texts.languages import Language

REPORT_NAME: Final = "report.json"
ENROLMENT_PATIENCE_S: Final = 180.0
"""For two people to be enrolled at the same time on a slow machine."""
WINDOW_PITCH_PX: Final = 820
"""From the left edge of one window to the next, on a display."""
_LOOK_EVERY_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the caller asked for."""

    scenes: Sequence[DemoScene]
    out: Path
    language: Language | None = None
    pictures: Path | None = None


class SetUp:
    """What is there before the first scene, made in order and told as it is made."""

    def __init__(self, folder: Path, children: Children, narrator: Narrator, language: Language) -> None:
        self._folder = folder
        self._children = children
        self._narrator = narrator
        self._language = language
        self._began_s = time.monotonic()

    def shop(self) -> Installation:
        """Server, certificates, accounts; broker; enrolled people. Raises DemoError."""
        self._say("operator", "makes a server: keys, database, certificates, accounts, directory")
        shop = found(self._folder)
        port = free_port()
        self._say("operator", f"starts a private Mosquitto on port {port}, TLS with client certificates")
        start_broker(self._children, self._folder, pki=shop.pki, port=port)
        configure_server(shop, port, POLICY)
        for party in PARTIES:
            configure_terminal(shop, party, port, self._language)
        self._enrol(shop)
        return shop

    def stations(self, shop: Installation) -> tuple[Station, ...]:
        """Both terminals' processes, side by side where there is a display."""
        shown = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        self._say("operator", f"switches both terminals on ({'two windows' if shown else 'drawn off-screen'})")
        return tuple(
            Station(self._children, party, shop.terminal_config(party), number * WINDOW_PITCH_PX if shown else None)
            for number, party in enumerate(PARTIES)
        )

    def _enrol(self, shop: Installation) -> None:
        """Both people at the same time, each at their terminal."""
        self._say("operator", "enrols both people: what they show is sealed to the server and travels as a file")
        enrolments = {
            party: self._children.start(
                f"{party.device}-enrolment",
                python("demo.enrolling", shop.terminal_config(party), "--out", shop.enrolment(party)),
            )
            for party in PARTIES
        }
        self._follow(enrolments)
        for party in PARTIES:
            shop.operate_on("enrol", shop.enrolment(party))

    def _follow(self, enrolments: dict[Party, Child]) -> None:
        """Tell what both people are told until both have done it. Raises DemoError."""
        told = dict.fromkeys(enrolments, 0)
        deadline_s = time.monotonic() + ENROLMENT_PATIENCE_S
        left = dict(enrolments)
        while left:
            for party, child in tuple(left.items()):
                ended = child.process.poll() is not None
                lines = child.lines()
                for line in lines[told[party] :]:
                    self._say(party.name, line.strip())
                told[party] = len(lines)
                if ended:
                    child.require_success()
                    self._children.stop(child)
                    del left[party]
            if time.monotonic() > deadline_s:
                raise DemoError(f"the enrolment of {', '.join(party.name for party in left)} does not end")
            time.sleep(_LOOK_EVERY_S)

    def _say(self, who: str, what: str) -> None:
        self._narrator.line(time.monotonic() - self._began_s, who, what)


def perform(wishes: Wishes, folder: Path, narrator: Narrator) -> bool:
    """The whole demo; whether every scene ended as it should. Raises DemoError where it could not go on."""
    _clear(wishes.out)
    began_s = time.monotonic()
    with children_in(folder) as children:
        narrator.heading("Set-up, in a folder of the demo's own")
        set_up = SetUp(folder, children, narrator, wishes.language or Language.ENGLISH)
        shop = set_up.shop()
        stage = Stage(shop, children, narrator, wishes.out)
        with closing(stage), closing(Books(shop)) as books:
            stage.start_server()
            stage.open_terminals(set_up.stations(shop))
            director = Director(stage, books, narrator, language=wishes.language, pictures_to=wishes.pictures)
            try:
                director.play_all(wishes.scenes)
            finally:
                _write_report(wishes.out, tuple(director.payments))
            narrator.heading("The ledger")
            sound = show_ledger(books, director.payments, narrator)
    return _verdict(narrator, wishes, tuple(director.payments), sound, time.monotonic() - began_s)


def _clear(out: Path) -> None:
    """No report and no picture of an earlier run is left beside those of this one."""
    out.mkdir(parents=True, exist_ok=True)
    (out / REPORT_NAME).unlink(missing_ok=True)
    for name in (START, *(scene.name for scene in SCENES)):
        for picture in (out / name).glob("*.png"):
            picture.unlink()


def _write_report(out: Path, payments: tuple[report.Payment, ...]) -> None:
    (out / REPORT_NAME).write_bytes(report.encode(payments))


def _verdict(
    narrator: Narrator, wishes: Wishes, payments: tuple[report.Payment, ...], sound: bool, seconds: float
) -> bool:
    wrong = [payment.scene for payment in payments if payment.problems]
    good = not wrong and sound and len(payments) == len(wishes.scenes)
    if good:
        text = f"Every scene ended exactly as it should: {len(payments)} of {len(payments)}, in {seconds:.0f} s."
    else:
        text = f"NOT as it should be: {', '.join(wrong) or 'the ledger'}."
    narrator.say(f"\n{text}", Ink.GOOD if good else Ink.BAD)
    narrator.say(f"Report: {wishes.out / REPORT_NAME}; pictures of every screen beside it.")
    return good
