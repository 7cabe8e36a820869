"""Who plays, and in front of which terminal. Constants only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from demo.talk import FingerOf
from server_mqtt.contract.messages import Modality, Role

CURRENCY: Final = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One end of every payment: the account, its terminal, and what it is verified by."""

    role: Role
    name: str
    account: str
    device: str
    modality: Modality
    deposit: str = ""

    @property
    def order(self) -> tuple[Modality, ...]:
        """Which sensor its terminal prefers."""
        return (self.modality, *(other for other in Modality if other is not self.modality))


PAYER: Final = Party(
    role=Role.PAYER,
    name="Ada Price",
    account="10002288",
    device="till-0002",
    modality=Modality.FACE,
    deposit="500.00",
)
PAYEE: Final = Party(
    role=Role.PAYEE,
    name="Corner Bakery",
    account="20004471",
    device="till-0001",
    modality=Modality.FINGERPRINT,
)
PARTIES: Final = (PAYER, PAYEE)

UNKNOWN_ACCOUNT: Final = "29999901"
"""Nobody's."""

FINGER_SEEDS: Final = {FingerOf.OWNER: 6, FingerOf.IMPOSTOR: 9}
"""Two synthetic fingers. Which seeds is of no account, but that they differ."""

PLAYED_IMPRESSIONS_FROM: Final = 1_000
"""Impressions below are those of the enrolment."""


def party_of(role: Role) -> Party:
    """The party at this end."""
    return PAYER if role is Role.PAYER else PAYEE
