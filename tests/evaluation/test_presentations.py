"""A few presentations of each sort, judged as `./run eval` judges many."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from models.bundle import DEFAULT_BUNDLE
from models.evaluate.__main__ import main
from models.evaluate.clips import BONA_FIDE, find_clips
from models.evaluate.collection import CollectionError
from models.face.pipeline import FacePipeline
from models.liveness.challenge import Action
from models.liveness.cues.fusion import LEAST_SCORE, Fusion
from models.liveness.cues.watch import PassiveWatch
from models.liveness.evidence import LivenessFailure
from tests.bundle import model_bundle
from tests.evaluation.fit import USED, watched
from tests.evaluation.people import Person
from tests.evaluation.species import SPECIES, Cast, bona_fide
from tests.evaluation.trial import Booth
from tests.portrait import portrait, portrait_mesh
from tests.shared_data import shared_data

BUNDLE = Path(__file__).resolve().parents[2] / DEFAULT_BUNDLE
BY_NAME = {species.name: species for species in SPECIES}
REPLAYED = (Action.OPEN_MOUTH, Action.TURN_LEFT)


def cast(number: int = 3) -> Cast:
    """The demo's person against herself: her own eyes are behind the holes of her photo."""
    person = Person("portrait", portrait(), portrait_mesh())
    return Cast(person, person, REPLAYED, number)


@cache
def figures_of(name: str, number: int = 3) -> Mapping[str, float]:
    performer = bona_fide(cast(number)) if name == "alive" else BY_NAME[name].make(cast(number))
    return watched(performer, FacePipeline(model_bundle()), PassiveWatch())


def test_there_is_a_species_for_every_attack_and_every_fitted_one_is_among_them() -> None:
    assert len(BY_NAME) == len(SPECIES) == 12
    assert set(USED) <= set(BY_NAME)


@pytest.mark.models
@pytest.mark.fault(47)
def test_a_turned_photo_is_flat_and_a_turned_head_is_not() -> None:
    alive, flat = figures_of("alive"), figures_of("photo-turned", 4)
    assert flat["parallax"] < 1 < 1.5 < alive["parallax"]
    shipped = Fusion.shipped()
    assert shipped.score(flat) < LEAST_SCORE < shipped.score(alive)


@pytest.mark.models
@pytest.mark.fault(47)
def test_a_coarse_display_s_grid_is_seen() -> None:
    assert figures_of("replay", 4)["moire"] > figures_of("alive")["moire"] + 0.2


@pytest.mark.models
def test_a_person_passes_as_paid_and_a_replay_of_another_challenge_does_not() -> None:
    booth = Booth(model_bundle())
    asked = (Action.TURN_RIGHT, Action.BLINK)
    alive = booth.present(bona_fide(cast()), asked, (0, 0), 20_000)
    assert alive.done, alive.failed
    assert alive.evidence.passive is not None
    assert alive.evidence.passive.score > LEAST_SCORE
    replay = booth.present(BY_NAME["replay"].make(cast()), asked, (0, 0), 20_000)
    assert not replay.done
    assert replay.failed in (LivenessFailure.WRONG_ACTION, LivenessFailure.NOT_HELD)


def test_clips_are_labelled_by_their_folder_or_their_own_name(tmp_path: Path) -> None:
    for name in ("real/a.mp4", "Replay/b.AVI", "c/fake.mp4", "c/unlabelled.mp4", "real/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    extra = tmp_path / "c" / "unlabelled.mp4"
    found = {clip.path.name: clip.shows for clip in find_clips(tmp_path)}
    assert found == {"a.mp4": BONA_FIDE, "b.AVI": "replay", "fake.mp4": "fake"}
    assert find_clips(tmp_path, [extra])[0].shows == BONA_FIDE
    with pytest.raises(CollectionError, match="real/<clip>"):
        find_clips(tmp_path / "c" / "nothing")


@pytest.mark.models
@pytest.mark.shared_data
def test_clips_of_one_s_own_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model_bundle()
    for label, clip in (("real", "real.mp4"), ("replay", "fake.mp4")):
        (tmp_path / "own" / label).mkdir(parents=True)
        (tmp_path / "own" / label / "one.mp4").symlink_to(shared_data(f"clips/live_lestari/{clip}"))
    out = tmp_path / "out"
    assert main([f"DATA={tmp_path / 'own'}", "LAYOUT=clips", f"--out={out}", f"--bundle={BUNDLE}"]) == 0
    by_id = {figure["id"]: figure for figure in json.loads((out / "report.json").read_text())}
    assert by_id["pad-recorded-person-bpcer"]["value"] == 0
    assert by_id["pad-recorded-replay-apcer"] | {"value": 0.0, "n": 1} == by_id["pad-recorded-replay-apcer"]
    assert "pad-recorded-person-bpcer-challenge" not in by_id
    assert "cannot show a rate of 7 %" in capsys.readouterr().out
    assert "Presentation attacks" in (out / "report.html").read_text()
