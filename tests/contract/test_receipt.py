"""A receipt is the server's, whole, or it is none: every byte of every form of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract import receipt_file
from server_mqtt.contract.messages import Consent, PaymentState
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.receipt import (
    Document,
    Receipt,
    ReceiptError,
    canonical,
    check,
    check_signed,
    commitment,
    digest,
    sign_document,
)
from server_mqtt.contract.signing import sign
from tests.contract.samples import CONSENT, DOCUMENT, OPENING, RECEIPT, SERVER_KEY

PUBLIC = SERVER_KEY.public_key()
FILE = receipt_file.write(RECEIPT)
PAYERS_FILE = receipt_file.write(RECEIPT, "CH-1001")


def signed(document: Document) -> Receipt:
    """`document` signed by the server, whatever it says."""
    raw = canonical(document)
    signature = sign_document(SERVER_KEY, raw)
    return Receipt(payment_id=document.payment_id, revision=document.revision, document=raw, signature=signature)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all plain values inside `value`."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


PATHS = sorted(leaves(json.loads(PAYERS_FILE)), key=str)


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """`value` with what is at `path` replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


def other(value: Any) -> Any:
    """Something else of the same form, as a forger would choose it."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def test_a_receipt_as_it_was_signed_is_valid() -> None:
    assert check(PUBLIC, RECEIPT) == DOCUMENT
    assert receipt_file.verify(PUBLIC, FILE).receipt == DOCUMENT
    payers = receipt_file.verify(PUBLIC, PAYERS_FILE)
    assert (payers.receipt, payers.payer_account) == (DOCUMENT, "CH-1001")


def test_the_payees_file_does_not_tell_the_payers_account() -> None:
    assert b"CH-1001" not in FILE
    assert OPENING.hex().encode() not in FILE
    assert b"CH-1001" not in RECEIPT.document


def test_every_changed_byte_of_a_file_fails() -> None:
    for content in (FILE, PAYERS_FILE):
        for index in range(len(content)):
            changed = content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :]
            with pytest.raises(ReceiptError):
                receipt_file.verify(PUBLIC, changed)


@given(st.integers(0, len(PAYERS_FILE) - 1), st.integers(1, 255))
def test_any_byte_changed_to_anything_fails(index: int, mask: int) -> None:
    changed = bytearray(PAYERS_FILE)
    changed[index] ^= mask
    with pytest.raises(ReceiptError):
        receipt_file.verify(PUBLIC, bytes(changed))


@given(st.integers(0, len(FILE) - 1), st.integers(1, 5), st.binary(min_size=1, max_size=5))
def test_bytes_left_out_or_added_fail(index: int, count: int, added: bytes) -> None:
    for changed in (FILE[:index] + FILE[index + count :], FILE[:index] + added + FILE[index:]):
        with pytest.raises(ReceiptError):
            receipt_file.verify(PUBLIC, changed)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_every_field_is_bound_even_where_the_digest_is_made_anew(path: tuple[Any, ...]) -> None:
    values = json.loads(PAYERS_FILE)
    before = values
    for key in path:
        before = before[key]
    values = replaced(values, path, other(before))
    if path[0] == "receipt":
        values["digest"] = digest(msgspec.json.encode(values["receipt"])).hex()
    content = msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n"
    with pytest.raises(ReceiptError, match=r"signature|digest|account|another|no receipt"):
        receipt_file.verify(PUBLIC, content)


@pytest.mark.parametrize("name", [name for name in Document.__struct_fields__ if getattr(DOCUMENT, name) is not None])
def test_no_field_can_be_taken_away(name: str) -> None:
    values = json.loads(FILE)
    del values["receipt"][name]
    with pytest.raises(ReceiptError):
        receipt_file.verify(PUBLIC, msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n")


@given(st.integers(0, len(RECEIPT.document) - 1), st.integers(0, 63), st.integers(1, 255))
def test_any_changed_byte_on_the_wire_fails(place: int, where: int, mask: int) -> None:
    document, signature = bytearray(RECEIPT.document), bytearray(RECEIPT.signature)
    document[place] ^= mask
    signature[where] ^= mask
    for changed in ({"document": bytes(document)}, {"signature": bytes(signature)}):
        with pytest.raises(ReceiptError):
            check_signed(PUBLIC, msgspec.structs.replace(RECEIPT, **changed))


def test_the_payers_account_is_bound_by_its_opening() -> None:
    values = json.loads(PAYERS_FILE)
    for changes in ({"payer_account": "CH-1002"}, {"opening": "00" * 32}):
        content = msgspec.json.format(msgspec.json.encode(values | changes), indent=2) + b"\n"
        with pytest.raises(ReceiptError, match="not the one that paid"):
            receipt_file.verify(PUBLIC, content)
    for name in ("payer_account", "opening"):
        half = {key: value for key, value in values.items() if key != name}
        with pytest.raises(ReceiptError, match="missing"):
            receipt_file.verify(PUBLIC, msgspec.json.format(msgspec.json.encode(half), indent=2) + b"\n")
    assert commitment("CH-1001", OPENING) != commitment("CH-1001", bytes(32))


def test_another_servers_receipt_is_none() -> None:
    with pytest.raises(ReceiptError, match="signature"):
        receipt_file.verify(Ed25519PrivateKey.generate().public_key(), FILE)


def test_a_signature_under_anything_else_is_none_under_a_receipt() -> None:
    for canonical_bytes in (RECEIPT.document, digest(RECEIPT.document)):
        forged = msgspec.structs.replace(RECEIPT, signature=sign(SERVER_KEY, canonical_bytes))
        with pytest.raises(ReceiptError, match="signature"):
            check(PUBLIC, forged)


@pytest.mark.parametrize(
    "changes",
    [{"payee_account": "DE-4712"}, {"payee_name": "Somebody"}, {"amount_minor": 1251}, {"currency": "CHF"}],
)
def test_even_the_server_cannot_pair_a_consent_with_another_payment(changes: dict[str, Any]) -> None:
    consent: Consent = msgspec.structs.replace(CONSENT, **changes)
    with pytest.raises(ReceiptError, match="agreed to another"):
        check(PUBLIC, signed(msgspec.structs.replace(DOCUMENT, consent=consent)))


def test_a_receipt_is_of_the_payment_it_says() -> None:
    for changes in ({"payment_id": "aa" * 16}, {"revision": 5}):
        with pytest.raises(ReceiptError, match="another payment"):
            check(PUBLIC, msgspec.structs.replace(RECEIPT, **changes))


def test_a_newer_servers_document_is_kept_but_not_read() -> None:
    raw = RECEIPT.document[:-1] + b',"state":"frozen"}'
    newer = msgspec.structs.replace(RECEIPT, document=raw, signature=sign_document(SERVER_KEY, raw))
    check_signed(PUBLIC, newer)
    for read in (lambda: check(PUBLIC, newer), lambda: receipt_file.write(newer)):
        with pytest.raises(ReceiptError, match="cannot read"):
            read()
    unknown = RECEIPT.document[:-1] + b',"weather":"fine"}'
    with pytest.raises(ReceiptError, match="another version"):
        receipt_file.write(msgspec.structs.replace(RECEIPT, document=unknown))


def test_what_is_no_receipt_is_refused_and_not_read_for_ever() -> None:
    for content in (b"", b"{}", b"\xff\xfe", b"[" * 60_000, FILE + b" " * receipt_file.MAX_FILE_BYTES):
        with pytest.raises(ReceiptError):
            receipt_file.verify(PUBLIC, content)


def test_the_smallest_receipt_and_the_largest_fit() -> None:
    small = Document(
        **{name: getattr(DOCUMENT, name) for name in Document.__struct_fields__ if name not in _OPTIONAL},
    )
    assert check(PUBLIC, signed(small)) == small
    name = "\x01" * 200
    large = msgspec.structs.replace(
        DOCUMENT,
        payee_name=name,
        payer_name=name,
        payer_account_masked=name,
        reference="\x01" * 35,
        reason=max(Reason, key=lambda reason: len(reason.value)),
        state=PaymentState.AWAITING_PAYER,
        consent=msgspec.structs.replace(CONSENT, payee_name=name),
    )
    receipt = signed(large)
    decoded = msgspec.msgpack.decode(msgspec.msgpack.encode(receipt), type=Receipt)
    assert check(PUBLIC, decoded) == large
    assert receipt_file.verify(PUBLIC, receipt_file.write(receipt)).receipt == large


_OPTIONAL = frozenset(Document.__struct_fields__[len(Document.__struct_fields__) - len(Document.__struct_defaults__) :])
