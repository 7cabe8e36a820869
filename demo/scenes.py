"""The demo's scenes: what is played in each, under which policy, and how it must end. Constants only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from demo.checks import Expectation, Said
from demo.plays import play_declined, play_held, play_no_answer, play_risky, play_settled, play_unknown_payee
from demo.report import Result
from demo.stage import Stage
from server_mqtt.contract.messages import Modality, PaymentState, Role
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.risk.factors import RiskFactor
from terminal.presenter.view import ScreenName, Tone
from terminal.texts import phrases
from terminal.texts.languages import Language

POLICY: Final[Mapping[str, int | float]] = {
    "payee_preset_time_ms": 30_000,
    "payer_preset_time_ms": 45_000,
    "face_time_ms": 0,
    "attempts": 2,
    "resend_first_ms": 3_000,
    "resend_second_ms": 5_000,
}
"""The demo's own: more time for slow machines, whose emulated people answer late, and otherwise less waiting (fewer
attempts, a payee who is asked again sooner)."""
SHORT_PRESET_TIME_MS: Final = 6_000
"""For the scene in which nobody answers."""

_AWAITING_PAYEE, _AWAITING_PAYER = PaymentState.AWAITING_PAYEE, PaymentState.AWAITING_PAYER
_PAYEE_VERIFIED: Final = Result(verdict=Verdict.VERIFIED, modality=Modality.FINGERPRINT)
_PAYER_VERIFIED: Final = Result(verdict=Verdict.VERIFIED, modality=Modality.FACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoScene:
    """One payment from the touch that begins it to the outcome that both ends read.

    `policy`: what is changed in the demo's policy for it; None where any will do.
    """

    name: str
    story: str
    play: Callable[[Stage], None]
    expected: Expectation
    amount_minor: int
    policy: Mapping[str, int | float] | None = field(default_factory=dict)
    language: Language = Language.ENGLISH

    @property
    def title(self) -> str:
        """The name for people."""
        return self.name.replace("_", " ")


def _shows(role: Role, screen: ScreenName, *phrase_list: str, reason: Reason | None = None) -> tuple[Said, ...]:
    return tuple(Said(role=role, screen=screen, phrase=one, reason=reason) for one in phrase_list)


def _outcome(payer: str, payee: str, tone: Tone) -> tuple[Said, ...]:
    """What the outcome says to both ends of their money, and in which colour."""
    return tuple(
        Said(role=role, screen=ScreenName.OUTCOME, phrase=phrase, tone=tone)
        for role, phrase in ((Role.PAYER, payer), (Role.PAYEE, payee))
    )


_SETTLED: Final = _outcome(phrases.PAID_PAYER, phrases.PAID_PAYEE, Tone.GOOD)
_HELD: Final = _outcome(phrases.HELD_PAYER, phrases.HELD_PAYEE, Tone.WAITING)
_RELEASED: Final = _outcome(phrases.RELEASED_PAYER, phrases.RELEASED_PAYEE, Tone.GOOD)
_PAYEE_ASKED: Final = _shows(Role.PAYEE, ScreenName.PAYEE_CAPTURE, phrases.PAYEE_CAPTURE)
_PAYEE_ASKED_AGAIN: Final = _shows(Role.PAYEE, ScreenName.PAYEE_CAPTURE, phrases.PAYEE_RELEASE)
_PAYEE_KNOWN: Final = _shows(Role.PAYER, ScreenName.SECOND_INSTRUCTION, phrases.PAYEE_VERIFIED_BY_FINGERPRINT)
_PAYER_ASKED: Final = _shows(Role.PAYER, ScreenName.PAYER_CAPTURE, phrases.PAYER_CAPTURE)

SCENES: Final = (
    DemoScene(
        name="settled",
        story="The payee is verified by fingerprint, the payer by face with liveness; the money moves.",
        play=play_settled,
        amount_minor=1_250,
        expected=Expectation(
            states=(_AWAITING_PAYEE, _AWAITING_PAYER, PaymentState.SETTLED),
            first=_PAYEE_VERIFIED,
            second=_PAYER_VERIFIED,
            entries=("settle",),
            moves=True,
            said=(
                *_PAYEE_ASKED,
                *_shows(Role.PAYEE, ScreenName.FIRST_RESULT, phrases.FIRST_RESULT_VERIFIED),
                *_PAYEE_KNOWN,
                *_shows(Role.PAYER, ScreenName.SECOND_INSTRUCTION, phrases.MOVES_AT_ONCE),
                *_PAYER_ASKED,
                *_SETTLED,
            ),
        ),
    ),
    DemoScene(
        name="held",
        story=(
            "An impostor stands at the payee's sensor. The payer is told so and goes on: the money is frozen. The "
            "real payee comes, is verified, and it is released."
        ),
        play=play_held,
        amount_minor=8_000,
        expected=Expectation(
            states=(_AWAITING_PAYEE, _AWAITING_PAYER, PaymentState.HELD, PaymentState.RELEASED),
            first=Result(verdict=Verdict.NOT_VERIFIED, reason=Reason.ATTEMPTS_USED_UP),
            second=_PAYER_VERIFIED,
            entries=("hold", "release"),
            moves=True,
            said=(
                *_PAYEE_ASKED,
                *_shows(Role.PAYEE, ScreenName.FIRST_RESULT, phrases.FIRST_RESULT_NOT),
                *_shows(Role.PAYER, ScreenName.SECOND_INSTRUCTION, phrases.PAYEE_NOT_VERIFIED, phrases.WILL_BE_HELD),
                *_PAYER_ASKED,
                *_HELD,
                *_PAYEE_ASKED_AGAIN,
                *_RELEASED,
            ),
        ),
    ),
    DemoScene(
        name="risky_payee",
        story=(
            "The payee is verified, yet the risk value is above the threshold: the money is held, and released by a "
            "fresh verification. Both people read Chinese and touch the language button first."
        ),
        play=play_risky,
        amount_minor=3_500,
        language=Language.CHINESE,
        expected=Expectation(
            states=(_AWAITING_PAYEE, _AWAITING_PAYER, PaymentState.HELD, PaymentState.RELEASED),
            first=_PAYEE_VERIFIED,
            second=_PAYER_VERIFIED,
            entries=("hold", "release"),
            moves=True,
            said=(
                *_PAYEE_ASKED,
                *_PAYEE_KNOWN,
                Said(
                    role=Role.PAYER,
                    screen=ScreenName.SECOND_INSTRUCTION,
                    phrase=phrases.WILL_BE_HELD,
                    risk=RiskFactor.MARKED,
                    tone=Tone.WAITING,
                ),
                *_PAYER_ASKED,
                *_HELD,
                *_PAYEE_ASKED_AGAIN,
                *_RELEASED,
            ),
        ),
    ),
    DemoScene(
        name="declined",
        story=(
            "Somebody holds a photo of the payer up to the camera: it does not do what is asked. At the second attempt "
            "the payer's own face does other things than asked. Both fail; nothing moves."
        ),
        play=play_declined,
        amount_minor=2_000,
        expected=Expectation(
            states=(_AWAITING_PAYEE, _AWAITING_PAYER, PaymentState.DECLINED),
            first=_PAYEE_VERIFIED,
            second=Result(verdict=Verdict.NOT_VERIFIED, reason=Reason.ATTEMPTS_USED_UP),
            entries=(),
            moves=False,
            said=(
                *_PAYEE_KNOWN,
                *_shows(Role.PAYER, ScreenName.PAYER_CAPTURE, phrases.PAYER_CAPTURE, reason=Reason.LIVENESS_FAILED),
                *_shows(Role.PAYER, ScreenName.OUTCOME, phrases.NOTHING_MOVED, reason=Reason.PAYER_NOT_VERIFIED),
                *_shows(Role.PAYEE, ScreenName.OUTCOME, phrases.NOTHING_MOVED, reason=Reason.PAYER_NOT_VERIFIED),
            ),
        ),
    ),
    DemoScene(
        name="no_answer",
        story="Nobody is at the payee's terminal, and the preset time runs out. The payer stops; nothing moves.",
        play=play_no_answer,
        amount_minor=990,
        policy={"payee_preset_time_ms": SHORT_PRESET_TIME_MS},
        expected=Expectation(
            states=(_AWAITING_PAYEE, _AWAITING_PAYER, PaymentState.DECLINED),
            first=Result(verdict=Verdict.COULD_NOT_BE_CHECKED, reason=Reason.TIMED_OUT),
            second=None,
            entries=(),
            moves=False,
            said=(
                *_PAYEE_ASKED,
                *_shows(
                    Role.PAYER,
                    ScreenName.SECOND_INSTRUCTION,
                    phrases.PAYEE_COULD_NOT_BE_CHECKED,
                    reason=Reason.TIMED_OUT,
                ),
                *_shows(Role.PAYER, ScreenName.OUTCOME, phrases.NOTHING_MOVED, reason=Reason.PAYER_STOPPED),
                *_shows(Role.PAYEE, ScreenName.OUTCOME, phrases.NOTHING_MOVED, reason=Reason.PAYER_STOPPED),
            ),
            unseen=((Role.PAYER, ScreenName.PAYER_CAPTURE),),
        ),
    ),
    DemoScene(
        name="unknown_payee",
        story="The account number is in no directory: declined at once, and nobody is asked for anything.",
        play=play_unknown_payee,
        policy=None,
        amount_minor=500,
        expected=Expectation(
            states=(PaymentState.DECLINED,),
            first=None,
            second=None,
            entries=(),
            moves=False,
            said=_shows(Role.PAYER, ScreenName.OUTCOME, phrases.NOTHING_MOVED, reason=Reason.UNKNOWN_PAYEE),
            unseen=(
                (Role.PAYEE, ScreenName.PAYEE_CAPTURE),
                (Role.PAYEE, ScreenName.OUTCOME),
                (Role.PAYER, ScreenName.SECOND_INSTRUCTION),
                (Role.PAYER, ScreenName.PAYER_CAPTURE),
            ),
        ),
    ),
)


def scene_named(name: str) -> DemoScene | None:
    """The scene of this name."""
    return next((scene for scene in SCENES if scene.name == name), None)
