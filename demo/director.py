"""Plays scenes one after the other, and records each as the report wants it. Impure through the stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from demo import pictures
from demo.books import Books
from demo.checks import problems
from demo.errors import DemoError
from demo.narration import Ink, Narrator
from demo.report import Payment, StateAt
from demo.scenes import DemoScene
from demo.stage import Stage, now_ms
from demo.talk import Seen, Speak
from demo.watch import PaymentEvent
from server_mqtt.contract.messages import Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell.history import iso
from terminal.texts.languages import Language

_MS_PER_S: Final = 1000


class Director:
    """One performance. `payments` grows with every scene, also with one that comes to no end."""

    def __init__(
        self,
        stage: Stage,
        books: Books,
        narrator: Narrator,
        *,
        language: Language | None = None,
        pictures_to: Path | None = None,
    ) -> None:
        """`language`: in which all scenes are played; None: each in its own. `pictures_to`: where the README's go."""
        self.payments: list[Payment] = []
        self._stage = stage
        self._books = books
        self._narrator = narrator
        self._language = language
        self._pictures = pictures_to
        self._policy: Mapping[str, int | float] = {}

    def play_all(self, scenes: Sequence[DemoScene]) -> None:
        """Every scene; raises DemoError where one comes to no end, and plays no more then."""
        for number, scene in enumerate(scenes, start=1):
            self._narrator.heading(f"{number}/{len(scenes)}  {scene.title}")
            self._narrator.story(scene.story)
            self._play(scene)

    def _play(self, scene: DemoScene) -> None:
        stage = self._stage
        stage.open_scene(scene.name)
        if scene.policy is not None:
            self._set_policy(scene.policy)
        self._agree_on(self._language or scene.language)
        before = self._books.balances()
        trouble = _trouble_of(lambda: scene.play(stage))
        if stage.events:
            payment = self._record(scene, before, trouble)
            self.payments.append(payment)
            self._conclude(payment)
        if trouble:
            raise DemoError(trouble)
        if self._pictures is not None and scene.name == pictures.SCENE:
            pictures.write_pictures(self._pictures, {role: stage.at(role).seen for role in Role})

    def _set_policy(self, policy: Mapping[str, int | float]) -> None:
        """A policy is read at the server's start, so another one means another start."""
        if policy == self._policy:
            return
        shown = ", ".join(f"{name} = {value}" for name, value in policy.items()) or "as it was"
        self._stage.say("operator", f"restarts the server with its policy changed: {shown}")
        self._stage.start_server(policy)
        self._policy = policy

    def _agree_on(self, language: Language) -> None:
        """Both people read this language; whoever's screen speaks another touches its language button."""
        for role in Role:
            self._stage.order(role, Speak(language=language))
        self._stage.until(
            lambda: self._stage.all_idle() and all(self._reads(role, language) for role in Role),
            f"both terminals to be free, in {language.value}",
        )

    def _reads(self, role: Role, language: Language) -> bool:
        last = self._stage.at(role).last
        return last is not None and last.language is language

    def _record(self, scene: DemoScene, before: dict[str, int], trouble: str) -> Payment:
        events = self._stage.events
        payment_id = events[0].payment_id
        seen = {role: self._stage.at(role).seen for role in Role}
        first, second = self._books.results(payment_id)
        payment = Payment(
            id=payment_id,
            scene=scene.name,
            states=states_of(events),
            first_result=first,
            second_result=second,
            postings=self._books.postings(payment_id),
            balances_before=before,
            balances_after=self._books.balances(),
            seconds=round((now_ms() - self._stage.began_ms) / _MS_PER_S, 1),
            screens=screens_of(seen),
        )
        found = problems(scene.expected, payment, scene.amount_minor, seen)
        return replace(payment, problems=(trouble, *found) if trouble else found)

    def _conclude(self, payment: Payment) -> None:
        steps = ", ".join(f"{one.state.value} at {one.after_ms / _MS_PER_S:.1f} s" for one in payment.states)
        good = not payment.problems
        verdict = "as it should be" if good else "NOT as it should be"
        self._narrator.line(payment.seconds, "demo", f"{verdict}: {steps}", Ink.GOOD if good else Ink.BAD)
        for problem in payment.problems:
            self._narrator.line(payment.seconds, "", problem, Ink.BAD)


def states_of(events: Sequence[PaymentEvent]) -> tuple[StateAt, ...]:
    """The states that a payment was in, from its events; oldest first."""
    states: list[StateAt] = []
    for event in events:
        if not states or states[-1].state is not event.to:
            state = StateAt(
                state=event.to,
                at=iso(event.wall_ms) or "",
                after_ms=event.wall_ms - events[0].wall_ms,
                reason=Reason(event.reason) if event.reason else None,
            )
            states.append(state)
    return tuple(states)


def screens_of(seen: Mapping[Role, Sequence[Seen]]) -> tuple[str, ...]:
    """The pictures' names in the order they were taken: `scene/NN-terminal-screen.png`."""
    everything = sorted((one for shown in seen.values() for one in shown), key=lambda one: one.picture)
    return tuple("/".join(Path(one.picture).parts[-2:]) for one in everything)


def _trouble_of(script: Callable[[], None]) -> str:
    """What kept the scene from coming to its end, empty if nothing did."""
    try:
        script()
    except DemoError as error:
        return str(error)
    return ""
