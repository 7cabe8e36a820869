"""Face and fingerprint as one: their log-likelihood ratios are added. Pure.

No other way of combining two scores rejects fewer people at the same false match rate (Neyman and Pearson; for
biometrics K. Nandakumar, Y. Chen, S. Dass, A. Jain, "Likelihood Ratio-Based Biometric Score Fusion", IEEE TPAMI 30(2),
2008). It rests on a stranger's face and a stranger's finger having nothing to do with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.calibration import Calibration
from models.errors import CalibrationError

ROUNDING: Final = 1e-9
"""Of a sum of a few hundred shares, relative to it."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """Two calibrations together.

    `each_fmr`: what each must come to by itself before the sum is looked at. Without it one perfect match, which may be
    a photo, would carry a finger that says nothing.
    """

    face: Calibration
    fingerprint: Calibration
    each_fmr: float

    def llr_of(self, face_score: float, finger_score: float) -> float:
        """The summed log-likelihood ratio; minus infinity where either is not enough by itself."""
        if self.face.fmr_of(face_score) > self.each_fmr or self.fingerprint.fmr_of(finger_score) > self.each_fmr:
            return -np.inf
        return self.face.llr_of(face_score) + self.fingerprint.llr_of(finger_score)

    def threshold_for(self, fmr: float) -> float:
        """The lowest sum that no more than `fmr` of strangers reach; raises CalibrationError for a rate too small."""
        sums, rates = self._rates()
        reached = rates <= fmr * (1.0 + ROUNDING)
        if not reached.any():
            raise CalibrationError(
                f"a false match rate of {fmr:g} for face and fingerprint together cannot be told from what was "
                f"measured: {rates.min(initial=1.0):g} is the smallest"
            )
        return float(sums[reached].min())

    def fmr_of(self, threshold: float) -> float:
        """The false match rate of both together where the sum must be at least `threshold`."""
        sums, rates = self._rates()
        return float(rates[sums >= threshold].max(initial=0.0))

    def _rates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Every sum that can occur, falling, and the share of strangers who reach it."""
        face, finger = (self._enough(one) for one in (self.face, self.fingerprint))
        sums = (self.face.llr[face][:, None] + self.fingerprint.llr[finger][None]).ravel()
        shares = (self.face.strangers[face][:, None] * self.fingerprint.strangers[finger][None]).ravel()
        order = np.argsort(-sums, kind="stable")
        sums, reached = sums[order], np.cumsum(shares[order])
        # Equal sums are reached together: the rate of each is that of the last of them.
        last = np.append(sums[:-1] != sums[1:], True) if len(sums) else np.empty(0, np.bool_)
        return sums[last], reached[last]

    def _enough(self, one: Calibration) -> NDArray[np.bool_]:
        return np.array([knot.fmr <= self.each_fmr for knot in one.knots])
