"""Every limit of the session, with its unit and its reason. Pure constants."""

from __future__ import annotations

from typing import Final

OFFLINE_AFTER_MS: Final = 10_000
"""Without the broker for so long, the terminal says that it is out of service; a short break nobody need know of."""

SLOW_AFTER_MS: Final = 8_000
"""Waiting so long for the server's word, the screen says that nothing is decided yet."""

QUERY_EVERY_MS: Final = 10_000
"""How often a terminal that waits asks how its payment stands; status messages come by themselves long before."""

LEAVE_AFTER_MS: Final = 30_000
"""A check that takes so long may be left; the outcome is shown when it is known."""

OUTCOME_SHOWN_MS: Final = 60_000
"""An outcome nobody puts away makes room after a minute."""

CAPTURE_GRACE_MS: Final = 3_000
"""What a capture may take to end after its time is over before the session goes on without it."""

WAITING_MAX: Final = 5
"""Instructions that wait while another is answered: their preset times end long before a sixth has its turn."""

ASKED_MAX: Final = 100
"""Instructions remembered of one payment: a hold of a day is asked for hourly, each time in a few attempts."""

BOOK_MAX: Final = 200
"""Payments the session remembers; the oldest that are over are forgotten first."""

RECENTS_MAX: Final = 6
"""Payees offered to pick from: what fits on the screen beside the keypad."""

CONSENT_SETTLE_MS: Final = 300
"""A touch that comes sooner after the payer was first shown what there is to agree to was meant for the screen before:
nobody reads and touches so fast. Shorter than the 350 ms that a new screen does not listen anyway."""
