"""References under another key without their person: they match as before, the old ones and the old key do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, func, select, update

from models.comparison.face import face_score
from models.comparison.fingerprint import finger_score
from server_mqtt.contract.messages import Modality
from server_mqtt.shell import people, references
from server_mqtt.shell import reissue as reissue_module
from server_mqtt.shell.enrolment import face_of
from server_mqtt.shell.errors import KeyFileError, StoredReferenceError
from server_mqtt.shell.keys import key_files, load_keys, make_keys, next_template_key
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.references import Reference
from server_mqtt.shell.reissue import reissue, replace_template_key
from server_mqtt.shell.schema import enrolments, reference_templates
from server_mqtt.shell.store import Store
from tests.scenarios.people import Person

ANN, BOB = "DE0001", "DE0002"
_DEVICE = "terminal-one"
_ENROLLED_AT_MS = 4_711


def _enrol(connection: Connection, protection: ReferenceProtection) -> dict[str, Person]:
    enrolled = {ANN: Person(1), BOB: Person(2)}
    people.open_account(connection, ANN, "Ann", 0)
    people.open_account(connection, BOB, "Bob", 0)
    people.add_device(connection, _DEVICE, Ed25519PrivateKey.generate().public_key(), [ANN, BOB], 0)
    for number, (account, person) in enumerate(enrolled.items()):
        references.replace(
            connection,
            protection,
            account=account,
            device=_DEVICE,
            enrolment_id=f"{number:032x}",
            probes=[person.face(), *(person.finger() for _ in range(4))],
            now_ms=_ENROLLED_AT_MS,
        )
    return enrolled


def _readable(
    connection: Connection, protection: ReferenceProtection, account: str, modality: Modality
) -> list[Reference]:
    stored = references.stored(connection, account, [modality])
    return [references.decrypted(protection, one) for one in stored]


def _face_score(connection: Connection, protection: ReferenceProtection, account: str, person: Person) -> float:
    (reference,) = _readable(connection, protection, account, Modality.FACE)
    probe = protection.rotate(face_of(person.face().template), reference.enrolment_id)
    return face_score(face_of(reference.template), probe)


def _ids(connection: Connection, account: str) -> set[str]:
    return {one.enrolment_id for one in references.stored(connection, account, list(Modality))}


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.write() as opened:
        yield opened


@pytest.mark.parametrize("other_key", [bytes(32), bytes(range(32))])
def test_what_is_reissued_matches_its_person_without_a_new_sample(connection: Connection, other_key: bytes) -> None:
    old, new = ReferenceProtection(bytes(32)), ReferenceProtection(other_key)
    enrolled = _enrol(connection, old)
    before = {account: _ids(connection, account) for account in enrolled}
    kept = {account: _readable(connection, old, account, Modality.FINGERPRINT) for account in enrolled}
    assert reissue(connection, old, new) == 2
    for account, person in enrolled.items():
        assert _ids(connection, account).isdisjoint(before[account])
        assert _face_score(connection, new, account, person) > 0.9
        fingers = _readable(connection, new, account, Modality.FINGERPRINT)
        assert [one.template for one in fingers] == [one.template for one in kept[account]]
        assert finger_score([one.template for one in fingers], person.finger().template) > 0.1
    assert _face_score(connection, new, ANN, enrolled[BOB]) < 0.8
    made = connection.execute(select(enrolments.c.device, enrolments.c.enrolled_at_ms)).all()
    assert {tuple(row) for row in made} == {(_DEVICE, _ENROLLED_AT_MS)}


def test_a_leaked_reference_no_longer_matches_the_new_one(connection: Connection) -> None:
    protection = ReferenceProtection(bytes(32))
    _enrol(connection, protection)
    (leaked,) = _readable(connection, protection, ANN, Modality.FACE)
    assert reissue(connection, protection, protection, [ANN]) == 1
    (fresh,) = _readable(connection, protection, ANN, Modality.FACE)
    assert (
        abs(face_score(face_of(leaked.template), face_of(fresh.template)) - 0.29) < 0.15
    )  # as strangers': 1 - 1/sqrt(2)


def test_of_one_account_only_its_own_is_reissued(connection: Connection) -> None:
    protection = ReferenceProtection(bytes(32))
    _enrol(connection, protection)
    ann, bob = _ids(connection, ANN), _ids(connection, BOB)
    assert reissue(connection, protection, protection, [ANN]) == 1
    assert _ids(connection, ANN).isdisjoint(ann)
    assert _ids(connection, BOB) == bob


def test_rounding_does_not_add_up(connection: Connection) -> None:
    protection = ReferenceProtection(bytes(32))
    _enrol(connection, protection)
    (first,) = _readable(connection, protection, ANN, Modality.FACE)
    start = protection.rotate_back(face_of(first.template), first.enrolment_id)
    for _ in range(20):
        reissue(connection, protection, protection, [ANN])
    (last,) = _readable(connection, protection, ANN, Modality.FACE)
    assert np.abs(protection.rotate_back(face_of(last.template), last.enrolment_id) - start).max() < 1e-6


def test_a_damaged_row_leaves_all_as_it_was(store: Store) -> None:
    protection = ReferenceProtection(bytes(32))
    with store.write() as connection:
        _enrol(connection, protection)
        last = select(func.max(reference_templates.c.reference_id)).scalar_subquery()
        connection.execute(
            update(reference_templates).where(reference_templates.c.reference_id == last).values(encrypted=bytes(40))
        )
        before = _ids(connection, ANN), _ids(connection, BOB)
    with pytest.raises(StoredReferenceError), store.write() as connection:
        reissue(connection, protection, ReferenceProtection(bytes(range(32))))
    with store.read() as connection:
        assert (_ids(connection, ANN), _ids(connection, BOB)) == before


# --- a new template key ---


def _matches(store: Store, template_key: bytes, enrolled: dict[str, Person]) -> bool:
    protection = ReferenceProtection(template_key)
    with store.read() as connection:
        return all(_face_score(connection, protection, account, person) > 0.9 for account, person in enrolled.items())


def test_the_template_key_is_replaced_with_all_that_is_under_it(store: Store, tmp_path: Path) -> None:
    files = key_files(tmp_path / "keys")
    make_keys(files)
    old = load_keys(files).template
    with store.write() as connection:
        enrolled = _enrol(connection, ReferenceProtection(old))
    assert replace_template_key(store, files.template) == 2
    fresh = load_keys(files).template
    assert fresh != old
    assert _matches(store, fresh, enrolled)
    with pytest.raises(StoredReferenceError):
        _matches(store, old, enrolled)


@pytest.mark.parametrize("moment", ["before the references change", "after they did"])
def test_an_interrupted_replacement_is_taken_up_where_it_stopped(
    store: Store, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = key_files(tmp_path / "keys")
    make_keys(files)
    with store.write() as connection:
        enrolled = _enrol(connection, ReferenceProtection(load_keys(files).template))

    def dies(*_: object) -> int:
        raise OSError("the machine is gone")

    owner, name = (Path, "replace") if moment == "after they did" else (reissue_module, "reissue")
    with monkeypatch.context() as gone:
        gone.setattr(owner, name, dies)
        with pytest.raises(OSError, match="gone"):
            replace_template_key(store, files.template)
    assert next_template_key(files.template).exists()
    with pytest.raises(KeyFileError, match="reissue --new-key"):
        load_keys(files)
    replace_template_key(store, files.template)
    assert _matches(store, load_keys(files).template, enrolled)
    assert not next_template_key(files.template).exists()
