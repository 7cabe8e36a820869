"""What the walks of the flow draw from."""

from __future__ import annotations

from hypothesis import strategies as st

from server_mqtt.contract.messages import CaptureOutcome, Modality
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.finding import Finding
from tests.server_mqtt.flow.cast import BOTH, SECOND_STALL, STALL, STRANGER, TILL

DEVICES = st.sampled_from((TILL, STALL, SECOND_STALL, STRANGER))
OUTCOMES = st.sampled_from(CaptureOutcome)
SHOWN = st.sampled_from(((Modality.FACE,), (Modality.FINGERPRINT,), BOTH))
FINDINGS = st.one_of(
    st.builds(Finding, verified=st.just(True), shown=SHOWN),
    st.builds(Finding, verified=st.just(True), shown=SHOWN),
    st.builds(
        Finding,
        verified=st.just(False),
        reason=st.sampled_from((Reason.NOT_RECOGNISED, Reason.LIVENESS_FAILED, Reason.TEMPLATE_REPLAYED)),
        shown=SHOWN,
    ),
)
PAUSES_MS = st.sampled_from((1, 1, 500, 500, 2_000, 2_000, 29_999, 45_000, 3_600_000, 24 * 3_600_000))
CHANGES = ("payer", "payee", "references", "directory", "money", "failures", "screens", "terminals")
RARELY = st.integers(0, 11).map(lambda drawn: drawn == 11)
