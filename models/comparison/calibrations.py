"""All calibrations there are, by what they hold for. Impure: reads the files of `models/calibration`, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from models.comparison.calibration import Calibration, ModalityName, decode_calibration
from models.errors import CalibrationError

FOLDER: Final = "models.calibration"
_HASH_SHOWN: Final = 12


class Calibrations:
    """Looked up by modality, hash of the networks' bundle, samples enrolled and samples captured."""

    def __init__(self, every: Iterable[Calibration]) -> None:
        """Raises CalibrationError where two hold for the same."""
        self._by_key: dict[tuple[str, str, int, int], Calibration] = {}
        for one in every:
            key = (one.modality, one.model_hash, one.enrolled, one.captured)
            if key in self._by_key:
                raise CalibrationError(f"there are two calibrations for {one.name} of {one.model_hash[:_HASH_SHOWN]}")
            self._by_key[key] = one

    def __iter__(self) -> Iterator[Calibration]:
        return iter(self._by_key.values())

    def find(self, modality: ModalityName, model_hash: str, enrolled: int, captured: int) -> Calibration:
        """The one that holds; raises CalibrationError, which says whether the networks or the numbers are unknown."""
        found = self._by_key.get((modality, model_hash, enrolled, captured))
        if found is not None:
            return found
        known = sorted(key[2:] for key in self._by_key if key[:2] == (modality, model_hash))
        if not known:
            raise CalibrationError(
                f"{modality} templates of the networks {model_hash[:_HASH_SHOWN]!r} are not calibrated"
            )
        raise CalibrationError(
            f"{enrolled} enrolled and {captured} captured {modality} samples are not calibrated; calibrated are "
            + ", ".join(f"{many} and {few}" for many, few in known)
        )

    def enrollable(self, modality: ModalityName, model_hash: str) -> tuple[int, ...]:
        """How many samples may be enrolled, in rising order; nothing for unknown networks."""
        return tuple(sorted({key[2] for key in self._by_key if key[:2] == (modality, model_hash)}))


@cache
def released() -> Calibrations:
    """Those that this release was measured with; raises CalibrationError for a damaged file."""
    found = sorted(file.name for file in files(FOLDER).iterdir() if file.name.endswith(".json"))
    return Calibrations(decode_calibration((files(FOLDER) / name).read_bytes(), name) for name in found)
