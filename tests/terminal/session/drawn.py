"""What hypothesis draws for a session: names, terms, results, holds, progress; sensible and not."""

from __future__ import annotations

from hypothesis import strategies as st

from server_mqtt.contract.messages import (
    FirstResult,
    Hold,
    Modality,
)
from server_mqtt.contract.reasons import Reason, Verdict
from terminal.session.state import (
    Progress,
)
from tests.terminal.session.counter import PAYEE_ACCOUNT, PAYER_ACCOUNT

OTHER_ACCOUNT = "20009999"
ACCOUNTS = (PAYER_ACCOUNT, PAYEE_ACCOUNT, OTHER_ACCOUNT)
NAMES = (
    "Corner Bakery",
    "街角面包店",
    "",
    "\u202e\u0000\n",
    "{payee} {0} %s",
    "x" * 200,
    "'; DROP TABLE payments; --",
    PAYEE_ACCOUNT,
)
KEYS = ("0", "1", "5", "00", ".", "-", "<", "x", "")
PAYMENTS = st.integers(1, 4)
MOMENTS_MS = st.sampled_from((0, 1, 100, 500, 3_000, 10_000, 31_000, 61_000))

results = st.builds(
    FirstResult,
    verdict=st.sampled_from(Verdict),
    reason=st.none() | st.sampled_from(Reason),
    modality=st.none() | st.sampled_from(Modality),
)
holds = st.none() | st.builds(Hold, reason=st.sampled_from(Reason), expires_in_ms=st.integers(0, 10**11))
changes = st.fixed_dictionaries(
    {},
    optional={
        "amount_minor": st.sampled_from((1250, 125_000, 0, -5)),
        "currency": st.sampled_from(("EUR", "JPY", "XXQ", "")),
        "payee_account": st.sampled_from((PAYEE_ACCOUNT, OTHER_ACCOUNT)),
        "payer_name": st.sampled_from(NAMES),
        "payee_name": st.sampled_from(NAMES),
    },
)
asked = st.fixed_dictionaries(
    {
        "attempt": st.integers(1, 3),
        "preset_time_ms": st.sampled_from((30_000, 0, 120_000)),
        "modalities": st.sampled_from(
            ((Modality.FACE,), (Modality.FINGERPRINT,), (Modality.FACE, Modality.FINGERPRINT))
        ),
        "all_modalities": st.booleans(),
        "previous_reason": st.none() | st.sampled_from(Reason),
    }
)
progresses = st.builds(
    Progress,
    modality=st.none() | st.sampled_from(Modality),
    action=st.none() | st.sampled_from(("turn_left", "blink", "stand_on_head")),
    hint=st.sampled_from(("", "lift", "keep", "too_far", "press_firmer", "nonsense")),
    step=st.integers(-1, 4),
    steps=st.integers(-1, 3),
    transfer=st.none() | st.floats(),
)
