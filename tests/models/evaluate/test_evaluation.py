"""A whole evaluation, of a few real people and fingers, as `./run eval` makes it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.bundle import DEFAULT_BUNDLE
from models.evaluate.__main__ import main
from models.evaluate.collection import CollectionError, Layout, find_collections, pooled, read_collection
from models.evaluate.fingers import BLANK, cut
from models.fingerprint.extractor import FORMATS, SensorFormat
from tests.bundle import model_bundle
from tests.shared_data import shared_data

BUNDLE = Path(__file__).resolve().parents[3] / DEFAULT_BUNDLE


def _image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((8, 8), 128, np.uint8))


def test_folders_are_read_by_their_layout_and_others_passed_over(tmp_path: Path) -> None:
    for person in ("ann", "bob"):
        for number in (1, 2, 3):
            _image(tmp_path / "faces" / "friends" / person / f"{number}.png")
    _image(tmp_path / "faces" / "friends" / "once" / "1.png")
    for finger in (101, 102):
        for number in (1, 2):
            _image(tmp_path / "fingerprints" / "fvc2000" / "DB1" / f"{finger}_{number}.png")
    (tmp_path / "faces" / "friends" / "ann" / "notes.txt").write_text("not an image")
    people, fingers = find_collections(tmp_path)
    assert (people.name, people.layout, people.images) == ("friends", Layout.PEOPLE, 6)
    assert set(people.samples) == {"ann", "bob"}
    assert (fingers.name, fingers.layout, fingers.images) == ("fvc2000-DB1", Layout.FINGERS, 4)
    assert set(pooled([people, people]).samples) == {"friends/ann", "friends/bob"}


@pytest.mark.parametrize("layout", Layout)
def test_a_folder_without_two_owners_is_refused_with_the_names_it_should_have(tmp_path: Path, layout: Layout) -> None:
    _image(tmp_path / "ann" / "1.png")
    with pytest.raises(CollectionError, match="no two owners"):
        read_collection(tmp_path, layout)
    assert main([f"--data={tmp_path}"]) == 2


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.model)
@pytest.mark.parametrize("size", [(300, 300), (100, 120), (480, 640)])
def test_a_cut_has_the_sensor_s_size_and_the_finger_in_its_middle(form: SensorFormat, size: tuple[int, int]) -> None:
    grey = np.full(size, BLANK, np.uint8)
    middle_y, middle_x = size[0] // 3, size[1] // 3
    grey[middle_y - 20 : middle_y + 20 : 4, middle_x - 20 : middle_x + 20] = 0
    seen = cut(grey, form)
    assert seen.shape == (form.height, form.width)
    assert seen.dtype == np.uint8
    rows, columns = np.nonzero(seen == 0)
    assert abs(rows.mean() - form.height / 2) < 8
    assert abs(columns.mean() - form.width / 2) < 8


@pytest.mark.models
@pytest.mark.shared_data
def test_a_few_real_people_and_fingers_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model_bundle()
    faces, fingers = shared_data("faces/orl"), shared_data("fingerprints/fvc2002/DB1_B")
    for person in ("s1", "s2", "s3"):
        shutil.copytree(faces / person, tmp_path / "data" / "faces" / "orl" / person)
    few = tmp_path / "data" / "fingerprints" / "fvc2002" / "DB1_B"
    few.mkdir(parents=True)
    for finger in (101, 102):
        for number in (1, 2):
            shutil.copy(fingers / f"{finger}_{number}.png", few)
    out = tmp_path / "out"
    assert main([f"DATA={tmp_path / 'data'}", f"--out={out}", f"--bundle={BUNDLE}"]) == 0
    by_id = {figure["id"]: figure for figure in json.loads((out / "report.json").read_text())}
    assert by_id["face-orl-as-paid-fnmr"]["value"] == 0
    assert by_id["face-orl-single-fmr"]["n"] == 300
    assert by_id["finger-fvc2002-DB1_B-192x192-single-fmr"]["n"] == 4
    assert (out / "report.html").read_text().count("<svg") >= 6
    assert "cannot show a rate" in capsys.readouterr().out
