"""The request handler under any bytes: the whole turn of a message against a real SQLite store.

The shop has a payment at each stage. An input is put into a message at some depth (the payload, a signed body, a field
of a body that would be right, the probe inside a seal), the message is taken through commit, comparison and conclusion,
and then everything is undone, so that each input meets the same shop.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from sqlalchemy import Connection

from server_mqtt.contract import codec, kinds, sealing, signing, topics
from server_mqtt.contract.holds import HoldExtension
from server_mqtt.contract.messages import (
    Ack,
    CaptureOutcome,
    FirstInstruction,
    Instruction,
    Message,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerStop,
    PaymentQuery,
    Presence,
    ReplyStatus,
    Role,
    SealedProbe,
    SecondInstruction,
)
from server_mqtt.contract.signing import Direction
from server_mqtt.shell import sqlite
from server_mqtt.shell.broker import Arrival, Publication
from server_mqtt.shell.schema import METADATA
from server_mqtt.shell.store import Store, migrate
from server_mqtt.shell.worker import UNANSWERED_KINDS
from tests.scenarios.shop import agreed
from tests.server_mqtt.shell.members import ANN, BOB, Members, bodies, replies

ASKED, SHOWN, HELD = "a" * 32, "b" * 32, "c" * 32
"""A payment whose payee is asked, one whose payer is asked, and one whose money is held."""

WAYS: Final = 5
"""How deep an input is put: see `_arrival`."""
_HEADER: Final = 4
"""Bytes of an input that say what is done with the others: the way, the message, and where in it."""
_THE_SHOP: Final = sorted(set(METADATA.tables) - {"counters", "inbox"})
"""The tables that a refused message leaves as they were; the others keep that it was refused."""
_FAILED: Final = "SELECT 1 FROM counters WHERE name = 'work_failed'"
_SUMS: Final = "SELECT 1 FROM postings GROUP BY currency HAVING SUM(amount_minor) <> 0"
_LOW: Final = "SELECT 1 FROM ledger_accounts WHERE balance_minor < floor_minor"
_SEALING: Final = b"countersign/v1/probe\x00"


class _Held(Store):
    """One connection for every write and read, inside whichever transaction is open: what they do can be undone."""

    def __init__(self, path: Path) -> None:
        engine = sqlite.make_engine(path)
        super().__init__(engine)
        self.connection = engine.connect()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.connection.begin_nested():
            yield self.connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self.connection


class Requests:
    """The shop; called with an input, it raises what is wrong with the answer to it."""

    def __init__(self, store: _Held, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._folder = folder
        self._store, self._members = store, Members(store)
        self._now_ms = 1_000
        self._messages = tuple(self._make_messages())
        self._before = self._picture()
        store.connection.commit()

    @classmethod
    def open(cls) -> Self:
        """A new shop in a folder that goes away with it."""
        folder = tempfile.TemporaryDirectory(prefix="countersign-fuzz-")
        migrate(Path(folder.name))
        return cls(_Held(Path(folder.name, sqlite.DATABASE_NAME)), folder)

    def __call__(self, data: bytes) -> None:
        """Raises whatever escapes, and AssertionError where a message was not answered as it should be."""
        undo = self._store.connection.begin()
        try:
            self._try(self._arrival(data))
        finally:
            undo.rollback()

    def accepts(self, data: bytes) -> bool:
        """Whether the message that is made of `data` is accepted; undone as well."""
        undo = self._store.connection.begin()
        try:
            return any(reply.status is ReplyStatus.ACCEPTED for reply in replies(self._try(self._arrival(data))))
        finally:
            undo.rollback()

    def close(self) -> None:
        """Gives the database back."""
        self._store.connection.close()
        self._store.close()
        self._folder.cleanup()

    def _try(self, arrival: Arrival) -> tuple[Publication, ...]:
        outcome = self._members.committer.commit([arrival], self._now_ms)
        for pending in outcome.comparisons:
            self._members.committer.commit([self._members.comparer.conclude(pending)], self._now_ms)
        self._check_answer(arrival, outcome.publications)
        self._check_money()
        return outcome.publications

    def _check_answer(self, arrival: Arrival, publications: tuple[Publication, ...]) -> None:
        assert not self._read(_FAILED), "a fault of ours"
        for publication in publications:
            codec.decode_body(Direction.DOWN, codec.decode_envelope(publication.payload))
        kind = arrival.topic.rpartition("/")[2]
        given = replies(publications)
        refused = [reply for reply in given if reply.status is ReplyStatus.REFUSED]
        if kind not in UNANSWERED_KINDS:
            assert len(given) == 1, "every message is answered once"
        for reply in refused:
            assert reply.reason is not None
            assert reply.detail, f"no words for {reply.reason}"
        if refused:
            assert self._picture() == self._before, "a refused message changed something"

    def _check_money(self) -> None:
        assert not self._read(_SUMS), "money was made or lost"
        assert not self._read(_LOW), "an account is below its floor"

    def _picture(self) -> Mapping[str, list[tuple[object, ...]]]:
        return {name: self._read(f"SELECT * FROM {name}") for name in _THE_SHOP}  # noqa: S608 - our own tables

    def _read(self, statement: str) -> list[tuple[object, ...]]:
        """Past SQLAlchemy, which takes longer to compile a statement than SQLite to answer it."""
        return [tuple(row) for row in self._store.connection.exec_driver_sql(statement)]

    # --- from bytes to a message ---

    def _arrival(self, data: bytes) -> Arrival:
        way, which, where, cut = data.ljust(_HEADER, b"\0")[:_HEADER]
        rest = data[_HEADER:]
        account, message = self._messages[which % len(self._messages)]
        kind = kinds.KIND_OF[type(message)]
        device = self._members.device_of(account)
        body = msgspec.msgpack.encode(message)
        match way % WAYS:
            case 0:
                payload = rest
            case 1:
                payload = self._signed(device, kind, rest)
            case 2:
                payload = self._signed(device, kind, _splice(body, where, cut, rest))
            case 3:
                payload = _splice(self._signed(device, kind, body), where, cut, rest)
            case _:
                payload = self._signed(device, kind, msgspec.msgpack.encode(self._with_probe(message, device, rest)))
        return Arrival(
            topic=topics.up(device, kind), payload=payload, packet_id=1, connection=1, received_at_ms=self._now_ms
        )

    def _signed(self, device: str, kind: str, body: bytes) -> bytes:
        key, message_id = self._members.keys[device], "f" * 32
        signature = signing.sign(key, signing.signed_bytes(Direction.UP, device, kind, message_id, body))
        fields = {"version": 1, "message_id": message_id, "device": device, "kind": kind, "body": body}
        return msgspec.msgpack.encode({**fields, "signature": signature})

    def _with_probe(self, message: Message, device: str, plain: bytes) -> Message:
        """The answer with `plain` where the probe was: sealed for this instruction, as only its terminal can."""
        if not isinstance(message, PayeeCapture | PayerCapture):
            return message
        role = Role.PAYEE if isinstance(message, PayeeCapture) else Role.PAYER
        context = sealing.capture_context(message.payment_id, message.nonce, device, role)
        public = self._members.sealing.public_key()
        ciphertext = sealing._SUITE.encrypt(plain, public, info=_SEALING + context)
        return msgspec.structs.replace(
            message, probes=(SealedProbe(key_id=sealing.key_id(public), ciphertext=ciphertext),)
        )

    # --- the shop ---

    def _make_messages(self) -> Iterator[tuple[str, Message]]:
        # The one that is held first: it takes the payee's whole time, and what is open must stay so.
        self._hold(HELD)
        second = self._show(SHOWN)
        first = self._ask(ASKED)
        self._members.committer.commit([], self._now_ms)
        ann, bob = self._members.people[ANN], self._members.people[BOB]
        yield ANN, self._members.request("d" * 32)
        yield ANN, self._members.request(ASKED)
        yield BOB, self._answer(first, bob)
        yield ANN, self._answer(second, ann)
        for payment_id in (ASKED, SHOWN, HELD):
            yield ANN, PayerStop(payment_id=payment_id)
            yield BOB, PayeeRefusal(payment_id=payment_id)
            yield ANN, HoldExtension(payment_id=payment_id)
            yield BOB, PaymentQuery(payment_id=payment_id)
        yield BOB, Presence(online=True)
        yield BOB, Ack(message_id=first.instruction_id, content_hash=bytes(32))

    def _ask(self, payment_id: str) -> FirstInstruction:
        asked = self._do(ANN, self._members.request(payment_id))
        return next(body for body in asked if isinstance(body, FirstInstruction))

    def _show(self, payment_id: str, *, verified: bool = True) -> SecondInstruction:
        first = self._ask(payment_id)
        if verified:
            told = self._do(BOB, self._answer(first, self._members.people[BOB]))
        else:
            self._now_ms += first.preset_time_ms + 1
            told = bodies(self._members.committer.commit([], self._now_ms).publications)
        return next(body for body in told if isinstance(body, SecondInstruction))

    def _hold(self, payment_id: str) -> None:
        self._do(ANN, self._answer(self._show(payment_id, verified=False), self._members.people[ANN]))

    def _do(self, account: str, message: Message) -> list[Message]:
        arrival = self._members.arrival(account, message, received_at_ms=self._now_ms)
        outcome = self._members.committer.commit([arrival], self._now_ms)
        said = list(outcome.publications)
        for pending in outcome.comparisons:
            concluded = self._members.comparer.conclude(pending)
            said += self._members.committer.commit([concluded], self._now_ms).publications
        return bodies(said)

    def _answer(self, instruction: Instruction, person: Any) -> PayeeCapture | PayerCapture:
        role = Role.PAYEE if isinstance(instruction, FirstInstruction) else Role.PAYER
        device = self._members.device_of(BOB if role is Role.PAYEE else ANN)
        context = sealing.capture_context(instruction.payment_id, instruction.nonce, device, role)
        probe = person.probe(instruction.modalities[0], instruction.challenge)
        common: dict[str, Any] = {
            "payment_id": instruction.payment_id,
            "instruction_id": instruction.instruction_id,
            "nonce": instruction.nonce,
            "outcome": CaptureOutcome.CAPTURED,
            "probes": (sealing.seal(self._members.sealing.public_key(), probe, context),),
        }
        if isinstance(instruction, SecondInstruction):
            return PayerCapture(**common, consent=agreed(instruction))
        return PayeeCapture(**common)


def _splice(whole: bytes, where: int, cut: int, put: bytes) -> bytes:
    """`whole` with `put` in place of some of its bytes; `where` and `cut` are fractions of 256."""
    begin = where * len(whole) // 256
    return whole[:begin] + put + whole[begin + cut * (len(whole) - begin) // 256 :]
