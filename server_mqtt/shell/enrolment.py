"""An enrolment file, made by a terminal under supervision, becomes an account's references. Impure: the database.

All or nothing: every check comes before the first row, and the rows are one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, select

from models.comparison.calibrations import Calibrations, released
from models.comparison.enrolment import check_impressions
from models.comparison.face import checked_template
from models.comparison.fingerprint import check_enrolment
from models.errors import ModelError
from server_mqtt.contract import codec
from server_mqtt.contract.codec import Envelope, WireError
from server_mqtt.contract.messages import Enrolment, Modality, Probe
from server_mqtt.contract.sealing import SealError, enrolment_context, open_sealed
from server_mqtt.contract.signing import Direction
from server_mqtt.shell import people, references
from server_mqtt.shell.errors import EnrolmentError
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.schema import enrolments


def enrol(
    connection: Connection,
    protection: ReferenceProtection,
    sealing: X25519PrivateKey,
    payload: bytes,
    now_ms: int,
) -> Enrolment:
    """Stores what `payload` (one signed `enrolment`) holds; raises EnrolmentError and changes nothing."""
    envelope, enrolment = _checked(connection, payload)
    probes = _opened(sealing, envelope, enrolment)
    if len({probe.template for probe in probes}) != len(probes):
        raise EnrolmentError("two of its templates are the same: every impression must be a capture of its own")
    for number, probe in enumerate(probes, start=1):
        try:
            check_template(probe)
        except ModelError as error:
            raise EnrolmentError(f"template {number} ({probe.modality.value}): {error}") from None
        if references.seen_before(connection, references.digest_of(probe.template)):
            raise EnrolmentError(f"template {number} ({probe.modality.value}) was shown before: capture it anew")
    check_finger(probes)
    check_calibrated(probes, released())
    references.replace(
        connection,
        protection,
        account=enrolment.account,
        device=envelope.device,
        enrolment_id=enrolment.enrolment_id,
        probes=probes,
        now_ms=now_ms,
    )
    return enrolment


def check_template(probe: Probe) -> None:
    """Returns if `probe` is fit to be a reference; raises ModelError with what is wrong."""
    if probe.modality is Modality.FINGERPRINT:
        check_enrolment(probe.template)
    else:
        checked_template(face_of(probe.template))


def check_finger(probes: Sequence[Probe]) -> None:
    """Returns if the fingerprints among `probes`, if there are any, make one finger's reference."""
    impressions = [probe.template for probe in probes if probe.modality is Modality.FINGERPRINT]
    try:
        if impressions:
            check_impressions(impressions)
    except ModelError as error:
        raise EnrolmentError(str(error)) from None


def check_calibrated(probes: Sequence[Probe], calibrations: Calibrations) -> None:
    """Returns if scores against these `probes` will mean something: raises EnrolmentError for unknown networks, for
    networks that differ, and for so many samples as nothing was measured with.
    """
    for modality in sorted({probe.modality for probe in probes}):
        of_it = [probe for probe in probes if probe.modality is modality]
        samples = sum(probe.samples for probe in of_it)
        if len({probe.model_hash for probe in of_it}) > 1:
            raise EnrolmentError(f"its {modality.value} templates were made with different networks")
        known = calibrations.enrollable(modality.value, of_it[0].model_hash)
        if not known:
            raise EnrolmentError(f"its {modality.value} templates were made with networks that are not calibrated here")
        if samples not in known:
            counts = ", ".join(map(str, known))
            raise EnrolmentError(f"{modality.value} is enrolled with {counts} samples, not {samples}")


def face_of(template: bytes) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The embedding in a face template's bytes, empty if they are no whole floats; `checked_template` judges it."""
    whole = template if len(template) % 4 == 0 else b""
    values: np.ndarray[tuple[int], np.dtype[np.float32]] = np.frombuffer(whole, dtype="<f4").astype(np.float32)
    return values


def _checked(connection: Connection, payload: bytes) -> tuple[Envelope, Enrolment]:
    try:
        envelope = codec.decode_envelope(payload)
        key = people.key_of_device(people.find_device(connection, envelope.device))
        if key is None:
            raise EnrolmentError(f"device {envelope.device} is unknown or revoked: `device add` makes it known")
        codec.check_signature(key, Direction.UP, envelope)
        body = codec.decode_body(Direction.UP, envelope)
    except WireError as error:
        raise EnrolmentError(f"no enrolment: {error.detail}") from None
    if not isinstance(body, Enrolment):
        raise EnrolmentError(f"the file holds a {envelope.kind}, not an enrolment")
    people.need_account(connection, body.account)
    if body.account not in people.accounts_of_device(connection, envelope.device):
        raise EnrolmentError(f"device {envelope.device} is not one of this account's terminals")
    used = select(enrolments.c.enrolment_id).where(enrolments.c.enrolment_id == body.enrolment_id)
    if connection.execute(used).one_or_none() is not None:
        raise EnrolmentError("this enrolment was stored before: a file is good for once")
    return envelope, body


def _opened(sealing: X25519PrivateKey, envelope: Envelope, enrolment: Enrolment) -> Sequence[Probe]:
    context = enrolment_context(enrolment.enrolment_id, enrolment.account, envelope.device)
    try:
        return [open_sealed(sealing, sealed, context) for sealed in enrolment.probes]
    except SealError as error:
        raise EnrolmentError(f"a template does not open: {error}") from None
