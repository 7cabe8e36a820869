"""Real fingers, cut to the smaller sensor's area: enrolled by one rule, told apart at the release's own threshold."""

from __future__ import annotations

import pytest

from models.comparison.enrolment import IMPRESSIONS_MIN, check_impressions
from models.comparison.fingerprint import finger_score
from models.errors import RecordError
from models.evaluate.collection import read_grey
from models.evaluate.fingers import cut
from models.fingerprint.extractor import FORMATS, MinutiaeExtractor
from tests.bundle import model_bundle
from tests.shared_data import shared_data
from tests.thresholds import FINGER_SCORE_MIN

FINGERS = (101, 102)
SMALLER = FORMATS[0]


@pytest.mark.models
@pytest.mark.shared_data
def test_real_fingers_are_enrolled_and_told_apart() -> None:
    folder = shared_data("fingerprints/fvc2002/DB3_B")
    extractor = MinutiaeExtractor(model_bundle())
    records = {
        finger: [
            extractor.run(cut(read_grey(folder / f"{finger}_{number}.png"), SMALLER), SMALLER.dpi).record
            for number in range(1, IMPRESSIONS_MIN + 2)
        ]
        for finger in FINGERS
    }
    for finger, (*enrolled, probe) in records.items():
        check_impressions(enrolled)
        assert finger_score(enrolled, probe) >= FINGER_SCORE_MIN
        for other in FINGERS:
            if other != finger:
                assert max(finger_score(enrolled, record) for record in records[other]) < FINGER_SCORE_MIN
                with pytest.raises(RecordError, match="another finger"):
                    check_impressions([*enrolled[:3], records[other][0]])
