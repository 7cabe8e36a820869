"""What a log may say of an account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.limits import ACCOUNT_PATTERN
from server_mqtt.shell.logs import SHOWN_DIGITS, masked


@pytest.mark.fault(73)
@given(st.from_regex(ACCOUNT_PATTERN, fullmatch=True))
def test_an_account_is_never_shown_whole(account: str) -> None:
    shown = masked(account).lstrip("*")
    assert account.endswith(shown)
    assert 0 < len(shown) <= min(SHOWN_DIGITS, len(account) // 2)
