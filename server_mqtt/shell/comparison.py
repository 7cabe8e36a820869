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

from models.comparison.face import checked_template, face_distance
from models.comparison.fingerprint import finger_score
from models.comparison.thresholds import FINGER_SCORE_MIN
from models.errors import ModelError
from server_mqtt.contract.messages import Modality, Probe, SealedProbe
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.sealing import SealError, open_sealed
from server_mqtt.shell import references
from server_mqtt.shell.enrolment import face_of
from server_mqtt.shell.errors import StoreUnavailableError
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.references import StoredReference
from server_mqtt.shell.store import Store
from server_mqtt.verification.examination import UnreadableTemplateError, examine, same_face, same_finger
from server_mqtt.verification.finding import Asked, Finding

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
    """Holds the server's key for seals, and the one for references."""

    def __init__(self, store: Store, sealing: X25519PrivateKey, protection: ReferenceProtection) -> None:
        self._store, self._sealing, self._protection = store, sealing, protection

    def conclude(self, pending: PendingComparison) -> Concluded:
        """A fault of ours is logged, and is a failed attempt.

        That the database is away (StoreUnavailableError) or fails (DBAPIError) is none, and is raised.
        """
        probes: tuple[Probe, ...] = ()
        try:
            probes = tuple(open_sealed(self._sealing, sealed, pending.context) for sealed in pending.probes)
            with self._store.read() as connection:
                finding = examine(pending.asked, probes, AccountExaminer(connection, self._protection, pending.account))
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

    def __init__(self, connection: Connection, protection: ReferenceProtection, account: str) -> None:
        self._connection, self._protection, self._account = connection, protection, account

    def seen_before(self, probe: Probe) -> bool:
        """Whether exactly this template was shown before. The writer looks once more when it notes it."""
        return references.seen_before(self._connection, references.digest_of(probe.template))

    def matches(self, probe: Probe) -> bool:
        """Whether it is the account's; raises UnreadableTemplateError, and StoredReferenceError for a damaged row."""
        stored = references.stored(self._connection, self._account, [probe.modality])
        if not stored:
            return False
        compare = self._face if probe.modality is Modality.FACE else self._finger
        try:
            return compare(stored, probe)
        except ModelError as error:
            log.warning("template_unreadable", modality=probe.modality.value, error=str(error))
            raise UnreadableTemplateError from error

    def _face(self, stored: Sequence[StoredReference], probe: Probe) -> bool:
        embedding = face_of(probe.template)
        checked_template(embedding)
        for one in stored:
            reference = face_of(references.decrypted(self._protection, one).template)
            rotated = self._protection.rotate(embedding, one.enrolment_id)
            if same_face(face_distance(reference, rotated)):
                return True
        return False

    def _finger(self, stored: Sequence[StoredReference], probe: Probe) -> bool:
        templates = [references.decrypted(self._protection, one).template for one in stored]
        return same_finger(finger_score(templates, probe.template, enough=FINGER_SCORE_MIN))
