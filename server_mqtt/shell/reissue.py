"""References anew under another key, without their person (renewability, ISO/IEC 24745). Impure: database, randomness.

Whoever got hold of the old ones, or of the old template key, has nothing that still counts: a rotated face matches
under its own enrolment only, and what is encrypted under the old key is no longer in the database.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Row, insert, select, update

from server_mqtt.contract.messages import Modality
from server_mqtt.shell.errors import StoredReferenceError
from server_mqtt.shell.files import sync_folder
from server_mqtt.shell.keys import TEMPLATE_KEY_BYTES, next_template_key, read_template_key, write_private
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.schema import enrolments, reference_templates
from server_mqtt.shell.store import Store


def reissue(
    connection: Connection,
    old: ReferenceProtection,
    new: ReferenceProtection,
    accounts: Sequence[str] | None = None,
) -> int:
    """Every reference of `accounts` (None: of all) under a new enrolment of `new`; how many enrolments that made.

    `old` and `new` may be the same: a new enrolment has keys of its own. The new one keeps device and time of the old:
    its samples are as old as they were. All or nothing: raises StoredReferenceError for a row that `old` does not open.
    """
    chosen = (
        select(enrolments)
        .where(enrolments.c.enrolment_id.in_(select(reference_templates.c.enrolment_id).distinct()))
        .order_by(enrolments.c.enrolment_id)
    )
    if accounts is not None:
        chosen = chosen.where(enrolments.c.account.in_(accounts))
    rows = connection.execute(chosen).all()
    for row in rows:
        _reissue_one(connection, old, new, row)
    return len(rows)


def _reissue_one(
    connection: Connection, old: ReferenceProtection, new: ReferenceProtection, enrolment: Row[tuple[object, ...]]
) -> None:
    fresh_id = uuid.uuid4().hex
    connection.execute(
        insert(enrolments).values(
            enrolment_id=fresh_id,
            account=enrolment.account,
            device=enrolment.device,
            enrolled_at_ms=enrolment.enrolled_at_ms,
        )
    )
    chosen = select(reference_templates).where(reference_templates.c.enrolment_id == enrolment.enrolment_id)
    for row in connection.execute(chosen).all():
        modality = Modality(row.modality)
        template = old.decrypt(
            row.encrypted, account=row.account, enrolment_id=enrolment.enrolment_id, modality=modality
        )
        if modality is Modality.FACE:
            plain = old.rotate_back(np.frombuffer(template, dtype="<f4"), enrolment.enrolment_id)
            template = new.rotate(plain, fresh_id).astype("<f4").tobytes()
        encrypted = new.encrypt(template, account=row.account, enrolment_id=fresh_id, modality=modality)
        connection.execute(
            update(reference_templates)
            .where(reference_templates.c.reference_id == row.reference_id)
            .values(enrolment_id=fresh_id, encrypted=encrypted)
        )


def replace_template_key(store: Store, key_file: Path) -> int:
    """A new template key in `key_file`, and every reference under it; how many enrolments that made.

    While this runs no server may: it would hold the old key. May be interrupted at any moment and run again: the new
    key lies beside the old one, durably, before the references change, and takes its place after they did.
    Raises KeyFileError, StoredReferenceError (nothing has changed) and StoreError.
    """
    following = next_template_key(key_file)
    if not following.exists():
        write_private(following, secrets.token_bytes(TEMPLATE_KEY_BYTES))
        sync_folder(following.parent)
    old, new = (ReferenceProtection(read_template_key(path)) for path in (key_file, following))
    with store.write() as connection:
        done = 0 if _opens(connection, new) else reissue(connection, old, new)
    following.replace(key_file)
    sync_folder(key_file.parent)
    return done


def _opens(connection: Connection, protection: ReferenceProtection) -> bool:
    """Whether the references are under the key of `protection` already: an earlier run came so far."""
    row = connection.execute(select(reference_templates).order_by(reference_templates.c.reference_id).limit(1)).first()
    if row is None:
        return False
    try:
        protection.decrypt(
            row.encrypted, account=row.account, enrolment_id=row.enrolment_id, modality=Modality(row.modality)
        )
    except StoredReferenceError:
        return False
    return True
