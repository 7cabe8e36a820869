"""One answer's probes against the references of whom they must be of. Runs in the comparison thread; reads only.

Whatever goes wrong in here is a failed attempt: what could not be compared was not verified. A score stays in this
file; what leaves it is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from models.comparison.calibration import Calibration
from models.comparison.calibrations import Calibrations, released
from models.comparison.face import checked_template, face_score
from models.comparison.fingerprint import finger_score
from models.errors import CalibrationError, ModelError
from server_mqtt.contract.messages import Modality, Probe, SealedProbe
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.sealing import SealError, open_sealed
from server_mqtt.shell import references
from server_mqtt.shell.enrolment import face_of
from server_mqtt.shell.errors import StoreUnavailableError
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.references import StoredReference
from server_mqtt.shell.store import Store
from server_mqtt.verification.examination import UnknownModelError, UnreadableTemplateError, examine
from server_mqtt.verification.finding import Asked, Finding
from server_mqtt.verification.matching import Scored

UNREADABLE = Finding(verified=False, reason=Reason.TEMPLATE_UNREADABLE)
"""What an answer comes to that does not open, and one that a fault of ours kept from being compared."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingComparison:
    """All that is needed to open and compare one counted answer. `context`: what its seals are bound to."""

    payment_id: str
    instruction_id: str
    account: str
    context: bytes = field(repr=False)
    asked: Asked
    probes: tuple[SealedProbe, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """What a comparison came to, and the digests of the templates that were shown."""

    payment_id: str
    instruction_id: str
    account: str
    finding: Finding
    digests: tuple[bytes, ...] = ()


class Comparer:
    """Holds the server's key for seals, the one for references, and what scores mean (None: as this release says)."""

    def __init__(
        self,
        store: Store,
        sealing: X25519PrivateKey,
        protection: ReferenceProtection,
        calibrations: Calibrations | None = None,
    ) -> None:
        self._store, self._sealing, self._protection = store, sealing, protection
        self._calibrations = calibrations or released()

    def conclude(self, pending: PendingComparison) -> Concluded:
        """A fault of ours is logged, and is a failed attempt.

        That the database is away (StoreUnavailableError) or fails (DBAPIError) is none, and is raised.
        """
        probes: tuple[Probe, ...] = ()
        try:
            probes = tuple(open_sealed(self._sealing, sealed, pending.context) for sealed in pending.probes)
            with self._store.read() as connection:
                examiner = AccountExaminer(connection, self._protection, self._calibrations, pending.account)
                finding = examine(pending.asked, probes, examiner)
        except SealError as error:
            log.warning("seal_does_not_open", payment_id=pending.payment_id, error=str(error))
            finding = UNREADABLE
        except (StoreUnavailableError, DBAPIError):
            raise
        except Exception:
            log.exception("comparison_failed", payment_id=pending.payment_id, instruction_id=pending.instruction_id)
            finding = replace(UNREADABLE, shown=tuple(probe.modality for probe in probes))
        return Concluded(
            payment_id=pending.payment_id,
            instruction_id=pending.instruction_id,
            account=pending.account,
            finding=finding,
            digests=tuple(references.digest_of(probe.template) for probe in probes),
        )


class AccountExaminer:
    """Compares with what is enrolled of one account at this moment (the core's `Examiner`)."""

    def __init__(
        self, connection: Connection, protection: ReferenceProtection, calibrations: Calibrations, account: str
    ) -> None:
        self._connection, self._protection, self._account = connection, protection, account
        self._calibrations = calibrations

    def seen_before(self, probe: Probe) -> bool:
        """Whether exactly this template was shown before. The writer looks once more when it notes it."""
        return references.seen_before(self._connection, references.digest_of(probe.template))

    def scored(self, probe: Probe) -> Scored | None:
        """How alike it is to the account's references; raises StoredReferenceError for a damaged row."""
        stored = references.stored(self._connection, self._account, [probe.modality])
        if not stored:
            return None
        calibration = self._calibration(stored, probe)
        try:
            if probe.modality is Modality.FACE:
                score = self._face(stored, probe)
            else:
                score = self._finger(stored, probe, calibration)
            return Scored(modality=probe.modality, score=score, calibration=calibration)
        except ModelError as error:
            log.warning("template_unreadable", modality=probe.modality.value, error=str(error))
            raise UnreadableTemplateError from error

    def _calibration(self, stored: Sequence[StoredReference], probe: Probe) -> Calibration:
        if any(one.model_hash != probe.model_hash for one in stored):
            log.warning("model_differs", modality=probe.modality.value, enrolment_id=stored[0].enrolment_id)
            raise UnknownModelError
        enrolled = sum(one.samples for one in stored)
        try:
            return self._calibrations.find(probe.modality.value, probe.model_hash, enrolled, probe.samples)
        except CalibrationError as error:
            log.warning("model_not_calibrated", modality=probe.modality.value, error=str(error))
            raise UnknownModelError from error

    def _face(self, stored: Sequence[StoredReference], probe: Probe) -> float:
        (one,) = stored
        embedding = face_of(probe.template)
        checked_template(embedding)
        reference = face_of(references.decrypted(self._protection, one).template)
        return face_score(reference, self._protection.rotate(embedding, one.enrolment_id))

    def _finger(self, stored: Sequence[StoredReference], probe: Probe, calibration: Calibration) -> float:
        templates = [references.decrypted(self._protection, one).template for one in stored]
        # Beyond the highest score that was measured nothing more can be told.
        return finger_score(templates, probe.template, enough=calibration.knots[-1].score)
