"""All simulated attacks and people, presented one by one and judged as in a payment. Impure: networks, reads images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from models.bundle import Bundle
from models.evaluate.clips import find_clips, measure_clips, presented
from models.evaluate.collection import CollectionError
from models.evaluate.pad import PadMeasurement, Presentation
from models.liveness.challenge import Action
from server_mqtt.contract import messages
from server_mqtt.verification.challenge import Challenge, challenge_at, count
from server_mqtt.verification.policy import Policy, payer_time_ms
from tests.evaluation.fit import PEOPLE_MAX, halves
from tests.evaluation.people import Person, find_people
from tests.evaluation.species import SPECIES, Cast, Species, bona_fide, casts
from tests.evaluation.trial import Booth

REAL_CLIPS: Final = ("clips/blink_pushto/blinking_4.mp4",)
"""Of the evaluation data, a person's, without a label in its name."""
SEED: Final = 20

Tell = Callable[[str], None]


class Stage:
    """Everybody who is measured on, and the challenges that the default policy draws."""

    def __init__(self, people: Sequence[Person], bundle: Bundle, least_score: float) -> None:
        policy = Policy()
        self._actions, self._holds = policy.challenge_actions, policy.challenge_holds
        self._preset_time_ms = payer_time_ms(policy, (messages.Modality.FACE,))
        self._people = people
        self._booth = Booth(bundle)
        self._least_score = least_score

    def measure(self, species: Species, times: int, tell: Tell, *, is_bona_fide: bool = False) -> PadMeasurement:
        """`times` presentations of one kind, each asked for a challenge of its own."""
        chance = np.random.default_rng([SEED, sum(species.name.encode())])
        recordings = [_own(self._drawn(chance).actions) for _ in range(times)]
        judged = []
        for number, cast in enumerate(casts(self._people, recordings, times, SEED)):
            tell(f"{species.name}: {number + 1} of {times}")
            judged.append(self._present(species, cast, self._drawn(chance)))
        return PadMeasurement(
            species.name, species.what, bona_fide=is_bona_fide, simulated=True, presentations=tuple(judged)
        )

    def _drawn(self, chance: np.random.Generator) -> Challenge:
        """A challenge as the server draws it."""
        return challenge_at(int(chance.integers(count(self._actions, self._holds))), self._actions, self._holds)

    def _present(self, species: Species, cast: Cast, challenge: Challenge) -> Presentation:
        actions = _own(challenge.actions)
        ended = self._booth.present(species.make(cast), actions, challenge.holds_ms, self._preset_time_ms)
        why = "done" if ended.failed is None else ended.failed.value
        passive = ended.evidence.passive
        return presented(species.name, cast.victim.name, ended.done, passive, self._least_score, why)


def _own(actions: Sequence[messages.Action]) -> tuple[Action, ...]:
    """The same actions in the models' own words."""
    return tuple(Action(action.value) for action in actions)


ALIVE: Final = Species("person-simulated", "people's photos, made to move as a living head does", bona_fide)


def present_all(
    data: Path, bundle: Bundle, least_score: float, each: int, tell: Tell, *, people_max: int = PEOPLE_MAX
) -> list[PadMeasurement]:
    """Recorded clips, and `each` presentations of each species, of the people that nothing was fitted to."""
    tell("looking for people")
    _, people = halves(find_people(data / "faces", bundle, people_max, lambda: None))
    measured = _recorded(data, bundle, least_score, tell)
    if not people:
        return measured
    stage = Stage(people, bundle, least_score)
    measured.append(stage.measure(ALIVE, each, tell, is_bona_fide=True))
    measured += [stage.measure(species, each, tell) for species in SPECIES]
    return measured


def _recorded(data: Path, bundle: Bundle, least_score: float, tell: Tell) -> list[PadMeasurement]:
    try:
        clips = find_clips(data / "clips", [data / name for name in REAL_CLIPS])
    except CollectionError:
        return []  # faces alone are enough
    return measure_clips(clips, bundle, least_score, lambda: tell("recorded clips"))
