"""A database that is read-only, locked or damaged: no payment begins, the reason is told, nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from server_mqtt.contract.messages import PaymentQuery, PaymentState, ReplyStatus
from server_mqtt.contract.reasons import Reason
from server_mqtt.shell.backup import REPLACED
from server_mqtt.shell.sqlite import BUSY_TIMEOUT_MS, DATABASE_NAME, LOCK_NAME
from tests.damage import damage
from tests.scenarios.device import RESEND_S, WAIT_S, new_id
from tests.scenarios.server import PrivateServer
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.broker

NO_RIGHTS: Final = ["setpriv", "--bounding-set=-dac_override"] if os.getuid() == 0 else []
"""Before a command: root may write what is read-only; without this right it is as everybody else."""

RUN_TIMEOUT_S: Final = 60


@pytest.fixture(scope="module")
def database() -> None:
    """SQLite: what is wrong with PostgreSQL's files, PostgreSQL says."""


@contextmanager
def _read_only(*paths: Path) -> Iterator[None]:
    before = {path: path.stat().st_mode for path in paths}
    for path, mode in before.items():
        path.chmod(mode & 0o555)
    try:
        yield
    finally:
        for path, mode in before.items():
            path.chmod(mode)


def _run(server: PrivateServer) -> subprocess.CompletedProcess[str]:
    """A server that is expected to end by itself."""
    program = [*NO_RIGHTS, sys.executable, "-m", "server_mqtt", "run", "--config", str(server.config)]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=RUN_TIMEOUT_S)


@pytest.mark.fault(34)
@pytest.mark.skipif(
    bool(NO_RIGHTS) and shutil.which("setpriv") is None, reason="root, and no setpriv: nothing is read-only"
)
@pytest.mark.parametrize("lock_is_free", [False, True])
def test_a_disk_that_is_read_only_at_the_start_keeps_the_server_out_of_service(
    shop: Shop, server: PrivateServer, lock_is_free: bool
) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    server.stop()
    traces = shop.traces()
    files = [path for path in (server.data, *server.data.iterdir()) if path.name != LOCK_NAME or not lock_is_free]
    request = payer.device.send(payer.request(payee))
    with _read_only(*files):
        ended = _run(server)
    assert (ended.returncode, "READY" in ended.stdout) == (1, False)
    assert ended.stderr.splitlines()[-1].startswith("countersign-server: "), ended.stderr
    assert "Traceback" not in ended.stderr
    assert shop.traces() == traces
    server.start()
    payer.device.send_again(request)
    assert payer.device.reply_to(request).status is ReplyStatus.ACCEPTED


@pytest.mark.fault(25)
def test_while_somebody_else_keeps_the_database_locked_terminals_hear_busy(shop: Shop, server: PrivateServer) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id, second = payer.pay_verified(payee)
    process = server.process
    with closing(sqlite3.connect(server.data / DATABASE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = payer.device.send(payer.capture(second))
        server.until_logged("database_away")
        query = payee.device.send(PaymentQuery(payment_id=payment_id))
        busy = payee.device.reply_to(query)
        assert (busy.status, busy.reason, busy.retry_after_ms is not None) == (ReplyStatus.BUSY, Reason.BUSY, True)
        other.execute("ROLLBACK")
    # The answer came in time and waited in hand: it counts.
    assert payer.device.reply_to(answer, WAIT_S + BUSY_TIMEOUT_MS / 1000).status is ReplyStatus.ACCEPTED
    for customer in (payer, payee):
        customer.told(payment_id, PaymentState.SETTLED)
    server.until_logged("database_back")
    assert server.process is process
    assert process is not None
    assert process.poll() is None
    assert (shop.balance(payer), shop.balance(payee)) == (9_000, 1_000)


@pytest.mark.fault(26)
def test_a_damaged_page_halts_the_server_and_a_backup_brings_it_back(
    shop: Shop, server: PrivateServer, tmp_path: Path
) -> None:
    payer, payee = shop.customer(), shop.customer(funds_minor=0)
    payment_id = payer.pay(payee)
    payee.first(payment_id)
    server.order("backup", str(tmp_path / "copy"))
    server.stop()
    server.store.close()
    damage(server.data / DATABASE_NAME, "inbox")
    server.start()
    request = payer.device.send(payer.request(payee))
    assert server.wait() == 1
    with pytest.raises(TimeoutError):
        payer.device.reply_to(request, RESEND_S)
    words = (server.folder / "log").read_text(encoding="utf-8").splitlines()[-1]
    assert words.startswith("countersign-server: the database refuses, so the server ends: ")
    assert "malformed" in words
    server.store.close()
    server.order("restore", str(tmp_path / "copy"))
    shutil.rmtree(server.data / REPLACED)
    server.start()
    assert payer.device.insist(PaymentQuery(payment_id=payment_id)).status is ReplyStatus.ACCEPTED
    payer.device.send_again(request)
    assert payer.device.reply_to(request).status is ReplyStatus.ACCEPTED
    assert payer.device.insist(PaymentQuery(payment_id=new_id())).reason is Reason.UNKNOWN_PAYMENT
    assert server.ask("ledger", "verify")["sound"]
