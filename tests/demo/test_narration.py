"""What the demo tells: aligned, wrapped, and coloured only for people."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from demo.narration import Ink, Narrator
from demo.people import PAYER
from demo.retelling import retell, retell_event
from demo.talk import Did, Seen, Trouble
from demo.watch import PaymentEvent
from server_mqtt.contract.messages import PaymentState
from server_mqtt.flow.steps import Step
from terminal.presenter.view import ScreenName, Tone
from terminal.texts.languages import Language


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def told(stream: io.StringIO, environ: dict[str, str] | None = None) -> str:
    narrator = Narrator(stream, environ or {})
    narrator.heading("1/6  settled")
    narrator.line(12.34, "server", "settled", Ink.GOOD)
    return stream.getvalue()


def test_colours_are_for_people_only() -> None:
    assert "\033[" not in told(io.StringIO())
    assert "\033[32m" in told(Screen(), {"TERM": "xterm"})
    assert "\033[" not in told(Screen(), {"NO_COLOR": "1"})
    assert "\033[" not in told(Screen(), {"TERM": "dumb"})


def test_who_what_and_when_stand_in_columns() -> None:
    assert "   12.3 s server                settled\n" in told(io.StringIO())


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Zs")), max_size=400))
def test_long_lines_are_wrapped_and_nothing_is_lost(text: str) -> None:
    stream = io.StringIO()
    Narrator(stream, {"COLUMNS": "80"}).line(0.0, "server", text)
    assert "".join(stream.getvalue().split()) == "0.0sserver" + "".join(text.split())


def test_a_table_is_aligned() -> None:
    stream = io.StringIO()
    Narrator(stream, {}).table(("what", "much"), [("a", "1"), ("longer", "10.00")], right=(1,))
    assert stream.getvalue().splitlines() == ["  what     much", "  a           1", "  longer  10.00"]


def test_a_screen_is_told_by_what_one_reads_first() -> None:
    seen = Seen(
        at_ms=1, screen=ScreenName.OUTCOME, tone=Tone.BAD, language=Language.ENGLISH, title="Not paid", message="Sorry."
    )
    assert retell(seen, PAYER) == ("payer's terminal", "Not paid | Sorry.", Ink.BAD)
    asking = Seen(
        at_ms=1,
        screen=ScreenName.PAYER_CAPTURE,
        tone=Tone.NEUTRAL,
        language=Language.ENGLISH,
        title="Show that it is you",
        prompt="Close both eyes briefly",
    )
    assert retell(asking, PAYER) == ("payer's terminal", 'Show that it is you: "Close both eyes briefly"', Ink.PLAIN)
    assert retell(replace(asking, screen=ScreenName.IDLE), PAYER) is None


def test_who_is_not_the_one_expected_is_named() -> None:
    assert retell(Did(at_ms=1, what="blinks"), PAYER) == (PAYER.name, "blinks", Ink.PAYER)
    assert retell(Did(at_ms=1, what="waits", who="an impostor"), PAYER) == ("an impostor", "waits", Ink.BAD)
    assert retell(Trouble(at_ms=1, why="no window"), PAYER) == ("payer's terminal", "no window", Ink.BAD)


def test_the_server_s_steps_are_told_with_their_reason() -> None:
    event = PaymentEvent(
        payment_id="c" * 32,
        at_ms=1,
        wall_ms=1,
        step=Step.SECOND_VERIFICATION,
        before=PaymentState.AWAITING_PAYER,
        to=PaymentState.DECLINED,
        reason="payer_not_verified",
    )
    assert retell_event(event) == (
        "server",
        "verifies the payer: payer not verified -> declined",
        Ink.BAD,
    )
