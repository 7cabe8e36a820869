"""Enrolled templates of an account: stored protected, replaced by re-enrolment. Impure: the database only.

The template digests remember, for all time, every template that was ever shown, whoever it was shown for: one seen
before byte for byte is a replay, because no two captures of a living person are equal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from sqlalchemy import Connection, bindparam, delete, insert, select

from models.comparison.face import face_direction
from server_mqtt.contract.messages import Modality, Probe
from server_mqtt.shell.protection import FACE_DIMENSIONS, ReferenceProtection
from server_mqtt.shell.schema import enrolments, reference_templates, template_digests

_ENROLLED: Final = (
    select(reference_templates.c.modality).where(reference_templates.c.account == bindparam("account")).distinct()
)
_STORED: Final = (
    select(reference_templates)
    .where(
        reference_templates.c.account == bindparam("account"),
        reference_templates.c.modality.in_(bindparam("modalities", expanding=True)),
    )
    .order_by(reference_templates.c.reference_id)
)
_SEEN: Final = select(template_digests.c.digest).where(template_digests.c.digest == bindparam("digest"))
_NOTE_SEEN: Final = insert(template_digests)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReference:
    """One enrolled template as it lies in the database."""

    account: str
    modality: Modality
    enrolment_id: str
    model_hash: str
    samples: int
    """How many captures it was made of."""
    encrypted: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One enrolled template, readable. A face is rotated by its enrolment's matrix."""

    modality: Modality
    enrolment_id: str
    template: bytes = field(repr=False)


def enrolled_modalities(connection: Connection, account: str) -> tuple[Modality, ...]:
    """Of what there are references of `account`."""
    return tuple(sorted(Modality(name) for name in connection.execute(_ENROLLED, {"account": account}).scalars()))


def stored(connection: Connection, account: str, modalities: Collection[Modality]) -> tuple[StoredReference, ...]:
    """The account's references of these modalities, as they are stored."""
    rows = connection.execute(_STORED, {"account": account, "modalities": sorted(modalities)})
    return tuple(
        StoredReference(
            account=row.account,
            modality=Modality(row.modality),
            enrolment_id=row.enrolment_id,
            model_hash=row.model_hash,
            samples=row.samples,
            encrypted=row.encrypted,
        )
        for row in rows
    )


def decrypted(protection: ReferenceProtection, stored: StoredReference) -> Reference:
    """`stored`, readable; raises StoredReferenceError."""
    template = protection.decrypt(
        stored.encrypted, account=stored.account, enrolment_id=stored.enrolment_id, modality=stored.modality
    )
    return Reference(modality=stored.modality, enrolment_id=stored.enrolment_id, template=template)


def replace(
    connection: Connection,
    protection: ReferenceProtection,
    *,
    account: str,
    device: str,
    enrolment_id: str,
    probes: Sequence[Probe],
    now_ms: int,
) -> None:
    """Stores `probes` as the account's only references of their modalities; what was there is deleted."""
    connection.execute(
        insert(enrolments).values(enrolment_id=enrolment_id, account=account, device=device, enrolled_at_ms=now_ms)
    )
    for modality in sorted({probe.modality for probe in probes}):
        connection.execute(
            delete(reference_templates).where(
                reference_templates.c.account == account, reference_templates.c.modality == modality.value
            )
        )
    for modality, template, model_hash, samples in _templates(probes, protection, enrolment_id):
        connection.execute(
            insert(reference_templates).values(
                enrolment_id=enrolment_id,
                account=account,
                modality=modality.value,
                model_hash=model_hash,
                samples=samples,
                encrypted=protection.encrypt(template, account=account, enrolment_id=enrolment_id, modality=modality),
            )
        )
    for probe in probes:
        note_seen(connection, account, digest_of(probe.template), now_ms)


def digest_of(template: bytes) -> bytes:
    """By which a template is remembered: its SHA-256 (32 bytes)."""
    return hashlib.sha256(template).digest()


def seen_before(connection: Connection, digest: bytes) -> bool:
    """Whether the template of `digest` was ever shown, for whichever account."""
    return connection.execute(_SEEN, {"digest": digest}).one_or_none() is not None


def note_seen(connection: Connection, account: str, digest: bytes, now_ms: int) -> None:
    """Remembers `digest` for all time."""
    if not seen_before(connection, digest):
        connection.execute(_NOTE_SEEN, {"digest": digest, "account": account, "seen_at_ms": now_ms})


def _templates(
    probes: Sequence[Probe], protection: ReferenceProtection, enrolment_id: str
) -> list[tuple[Modality, bytes, str, int]]:
    stored: list[tuple[Modality, bytes, str, int]] = [
        (probe.modality, probe.template, probe.model_hash, probe.samples)
        for probe in probes
        if probe.modality is Modality.FINGERPRINT
    ]
    faces = [probe for probe in probes if probe.modality is Modality.FACE]
    if faces:
        # One mean reference an enrolment, each probe weighing as many samples as it was made of.
        weights = [probe.samples for probe in faces]
        embeddings = np.array([np.frombuffer(probe.template, dtype="<f4") for probe in faces])
        mean = np.average(embeddings.reshape(-1, FACE_DIMENSIONS), axis=0, weights=weights).astype(np.float32)
        # Its direction alone: a length would link the enrolments of one person through every rotation.
        rotated = protection.rotate(face_direction(mean).astype(np.float32), enrolment_id).astype("<f4").tobytes()
        stored.append((Modality.FACE, rotated, faces[0].model_hash, sum(weights)))
    return stored
