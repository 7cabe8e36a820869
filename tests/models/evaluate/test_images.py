"""Image files of an evaluation: whole ones are read, and no part of one passes for it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import ImageError
from models.evaluate.clips import frames_of
from models.evaluate.collection import IMAGES, read_grey, read_rgb
from models.evaluate.faces import FaceTemplates
from tests.bundle import model_bundle

LOSSLESS = sorted(IMAGES - {".jpg", ".jpeg", ".pgm"})
PICTURE: NDArray[np.uint8] = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)


def written(folder: Path, ending: str, picture: NDArray[np.generic] = PICTURE) -> Path:
    path = folder / f"picture{ending}"
    bgr = picture[..., ::-1] if picture.ndim == 3 and ending != ".pgm" else picture
    if ending == ".pgm":
        bgr = np.asarray(cv2.cvtColor(PICTURE, cv2.COLOR_RGB2GRAY), np.uint8)
    assert cv2.imwrite(str(path), np.ascontiguousarray(bgr))
    return path


@pytest.mark.parametrize("ending", LOSSLESS)
def test_whole_images_are_read(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending)
    assert (read_rgb(path) == PICTURE).all()
    assert read_grey(path).shape == PICTURE.shape[:2]


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    assert (read_rgb(written(tmp_path, ".png", PICTURE.astype(np.uint16) * 257)) == PICTURE).all()


@pytest.mark.parametrize("progressive", [0, 1])
def test_a_jpeg_is_read_whatever_follows_it(tmp_path: Path, progressive: int) -> None:
    path = tmp_path / "picture.jpg"
    assert cv2.imwrite(str(path), PICTURE, [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive])
    path.write_bytes(path.read_bytes() + b"a comment\0\0")
    assert read_rgb(path).shape == PICTURE.shape


@pytest.mark.fault(48)
@pytest.mark.parametrize("ending", sorted(IMAGES))
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.7, 0.98])
def test_a_file_that_is_cut_short_is_no_image(tmp_path: Path, ending: str, share: float) -> None:
    path = written(tmp_path, ending)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for read in (read_rgb, read_grey):
        with pytest.raises(ImageError, match=f"picture{ending} is .*(no image|cut short)"):
            read(path)


def test_what_is_no_file_or_no_image_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be read: No such file"):
        read_rgb(tmp_path / "none.png")
    with pytest.raises(ImageError, match="cannot be read: Is a directory"):
        read_grey(tmp_path)
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(ImageError, match="is no image"):
        read_rgb(tmp_path / "text.png")


@pytest.mark.models
def test_a_picture_of_a_few_pixels_shows_nobody_and_one_of_too_many_is_refused() -> None:
    templates = FaceTemplates(model_bundle())
    assert templates.of(np.zeros((1, 1, 3), np.uint8)) is None
    assert templates.of(np.zeros((31, 900, 3), np.uint8)) is None
    assert templates.of(np.zeros((0, 0, 3), np.uint8)) is None
    with pytest.raises(ImageError, match="pixels"):
        templates.of(np.zeros((40, 8_193, 3), np.uint8))


@pytest.mark.fault(47)
@pytest.mark.parametrize("content", [b"", b"no clip", bytes(4_096)])
def test_what_is_no_clip_is_no_attack_that_was_held_off(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "replay.mp4"
    path.write_bytes(content)
    with pytest.raises(ImageError, match="is no clip"):
        list(frames_of(path))
