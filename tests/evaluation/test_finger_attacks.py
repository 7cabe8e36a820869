"""A few artefacts of real fingers before the reader, judged as `./run eval` judges many."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from firmware_bridge.finger_synthesis.artefacts import MATERIALS, PRINTERS
from models.evaluate.pad import COMPARISON
from tests.bundle import model_bundle
from tests.evaluation.finger_attacks import (
    FINGER_SPECIES,
    Desk,
    Impression,
    others_than,
    present_fingers,
    victims_of,
)
from tests.shared_data import shared_data

BY_NAME = {species.name: species for species in FINGER_SPECIES}
SOURCE = "fingerprints/fvc2002/DB3_B"
FINGER = 104


@cache
def desk() -> Desk:
    return Desk(model_bundle())


@cache
def impressions(folder: Path) -> list[Impression]:
    """Of one finger."""
    return desk().impressions([folder / f"{FINGER}_{number}.png" for number in range(1, 9)], str(FINGER))


def test_there_is_a_species_for_every_printer_and_material_and_for_what_comes_again() -> None:
    assert len(BY_NAME) == len(FINGER_SPECIES) == len(PRINTERS) + len(MATERIALS) + 2
    assert sum(species.of_last for species in FINGER_SPECIES) == 2


@pytest.mark.models
@pytest.mark.shared_data
@pytest.mark.fault(63)
@pytest.mark.parametrize("name", ["finger-residue", "finger-sent-again"])
def test_what_comes_again_would_match_and_is_turned_away(name: str) -> None:
    victim, *_ = victims_of(impressions(shared_data(SOURCE)))
    judged = desk().attacked(BY_NAME[name], victim, 1)
    assert judged.challenge is True, "the comparison alone is deceived"
    assert not judged.cues
    assert not judged.accepted


@pytest.mark.models
@pytest.mark.shared_data
def test_a_living_finger_that_comes_back_is_taken_for_alive() -> None:
    finger = impressions(shared_data(SOURCE))
    judged = [desk().touched(one, others_than(one, finger)) for one in finger]
    assert len(judged) > 4
    assert all(one.cues and one.challenge is None for one in judged)
    assert all(one.figures["residue"] < 0.5 for one in judged)


@pytest.mark.models
@pytest.mark.shared_data
def test_a_small_folder_is_measured_whole(tmp_path: Path) -> None:
    folder = shared_data(SOURCE)
    few = tmp_path / "fingerprints" / "fvc2002" / "DB3_B"
    few.mkdir(parents=True)
    for finger in (101, FINGER):
        for number in range(1, 9):
            shutil.copy(folder / f"{finger}_{number}.png", few)
    told: list[str] = []
    living, *species = present_fingers(tmp_path, model_bundle(), 1, told.append)
    assert (living.bona_fide, living.asked, living.rate.trials) == (True, False, len(impressions(folder)))
    assert [one.species for one in species] == list(BY_NAME)
    assert all(one.other_judge == COMPARISON and one.rate.trials == 1 and one.simulated for one in species)
    assert told[0].startswith("fingers that nothing was fitted to")
    assert not present_fingers(tmp_path / "nothing", model_bundle(), 1, told.append)
