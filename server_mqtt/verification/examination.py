"""The ladder that every opened answer climbs, at either end of a payment: first failure wins. Pure.

Used by the shell between counting an attempt and bringing its finding back; what needs a database or arithmetic on
templates is asked of an `Examiner`. What does not even open is Finding(verified=False, reason=TEMPLATE_UNREADABLE).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from server_mqtt.contract.messages import Probe
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.evidence import check_liveness, check_modalities
from server_mqtt.verification.finding import Asked, Finding, MatchRates
from server_mqtt.verification.matching import Scored, matches


class UnreadableTemplateError(Exception):
    """A template that must not be compared: damaged, or none at all."""


class UnknownModelError(Exception):
    """A template of other networks, or of another number of samples, than the reference's or than are calibrated."""


class Examiner(Protocol):
    """What the examination of one account's answer needs of the shell."""

    def seen_before(self, probe: Probe) -> bool:
        """Whether exactly this template was shown before, by anybody."""
        ...

    def scored(self, probe: Probe) -> Scored | None:
        """How alike it is to what is enrolled of the account; None where nothing is.

        Raises UnreadableTemplateError and UnknownModelError.
        """
        ...


def examine(asked: Asked, probes: Sequence[Probe], examiner: Examiner) -> Finding:
    """What an answer with these opened probes comes to."""
    reason = check_modalities(asked, probes) or check_liveness(asked, probes) or _compare(asked.rates, probes, examiner)
    shown = tuple(probe.modality for probe in probes)
    if reason is not None:
        return Finding(verified=False, reason=reason, shown=shown)
    return Finding(verified=True, modality=shown[0] if len(shown) == 1 else None, shown=shown)


def _compare(rates: MatchRates, probes: Sequence[Probe], examiner: Examiner) -> Reason | None:
    if any(examiner.seen_before(probe) for probe in probes):
        return Reason.TEMPLATE_REPLAYED
    try:
        # All of them, whichever fails: how long it takes tells nobody which one it was.
        found = [examiner.scored(probe) for probe in probes]
    except UnreadableTemplateError:
        return Reason.TEMPLATE_UNREADABLE
    except UnknownModelError:
        return Reason.MODEL_NOT_ACCEPTED
    scored = [one for one in found if one is not None]
    return None if len(scored) == len(found) and matches(rates, scored) else Reason.NOT_RECOGNISED
