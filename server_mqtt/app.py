"""The composition root: which parts make a server, and the order in which they start and end. Impure throughout.

Whatever stops the writer ends the process with an error: nothing was acknowledged that is not committed, and the next
start goes on from there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import closing
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from server_mqtt.config import ServerConfig
from server_mqtt.shell import logs
from server_mqtt.shell.broker import Arrival, Broker
from server_mqtt.shell.broker_trial import until_trusted
from server_mqtt.shell.clock import Clock
from server_mqtt.shell.clock_anchors import start_clock
from server_mqtt.shell.committer import COMPARISON_LEASE_MS, BatchCommitter
from server_mqtt.shell.comparison import Comparer
from server_mqtt.shell.errors import StoreError
from server_mqtt.shell.fence import Fence
from server_mqtt.shell.keys import ServerKeys, load_keys, share_group
from server_mqtt.shell.load import Load
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.metrics import Metrics, StockCollector, serve_metrics
from server_mqtt.shell.payment_turn import PaymentTurns
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.pruning import Pruning
from server_mqtt.shell.service import Service
from server_mqtt.shell.speech import Voice
from server_mqtt.shell.store import Store, only_server, open_store
from server_mqtt.shell.systemd import service_manager
from server_mqtt.shell.worker import Worker

_DAY_MS: Final = 24 * 3_600_000

log = structlog.get_logger(__name__)


def serve(config: ServerConfig) -> None:
    """Runs a server until SIGTERM or SIGINT. Raises ServerError (AlreadyRunningError beside another server)."""
    logs.configure(config.log.level)
    certificate = config.broker_settings.certificate
    fence = Fence(config.data_path)
    with only_server(config.database, certificate), closing(open_store(config.database, fence)) as store:
        # Not before: a command may just be replacing one.
        keys = load_keys(config.key_files)
        with store.read() as connection:
            fence.check(connection)
        _tell_liveness(config)
        try:
            asyncio.run(_run(config, keys, store))
        except DBAPIError as error:
            raise StoreError(f"the database refuses, so the server ends: {error.orig}") from error
        except AssertionError:
            # A fault of ours, found before money moved: better no server than a wrong one.
            log.critical("invariant_broken", exc_info=True)
            raise
    log.info("server_stopped")


def _tell_liveness(config: ServerConfig) -> None:
    """Say by what a face and a finger are taken for alive: without a passive network of the operator's, a face by
    longer challenges."""
    policy = config.policies.default
    log.info(
        "liveness_policy",
        passive_model="required" if policy.passive_model_least_score else "none, so challenges are longer",
        challenge_actions=policy.challenge_actions,
        passive_least_score=policy.passive_least_score,
        finger_least_score=policy.finger_least_score,
    )


async def _run(config: ServerConfig, keys: ServerKeys, store: Store) -> None:
    clock = start_clock(store)
    service = Service(service_manager(os.environ, os.getpid()), Metrics())
    if config.metrics.port:
        stock = StockCollector(store, clock, config.policies.default.lockout_failures)
        serve_metrics(service.metrics, stock, config.metrics.host, config.metrics.port)
    worker = _worker(config, keys, store, clock, service)

    def arrive(arrival: Arrival) -> None:
        worker.arrive(broker, arrival)

    broker = Broker(
        config.broker_settings,
        clock,
        share_group=share_group(keys) if config.broker.shared else None,
        on_arrival=arrive,
        on_subscribed=worker.subscribed,
        on_lost=service.broker_lost,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.end, number, worker.stop)
    ended = threading.Event()
    going_live = loop.create_task(_go_live(config, broker, ended))
    going_live.add_done_callback(lambda task: None if task.exception() is None else worker.stop())
    try:
        # Holds expire and so on whether or not there is a broker.
        await worker.run(broker)
    finally:
        ended.set()
        await asyncio.wait([going_live])
        await broker.stop()
    going_live.result()


async def _go_live(config: ServerConfig, broker: Broker, ended: threading.Event) -> None:
    """Connects to the broker for good, once it has proven that it keeps terminals apart; raises BrokerTrustError."""
    if config.broker.self_test:
        await asyncio.to_thread(until_trusted, config.broker_settings, config.probe, ended)
    if not ended.is_set():
        broker.start()


def _worker(config: ServerConfig, keys: ServerKeys, store: Store, clock: Clock, service: Service) -> Worker:
    voice = Voice(keys.signing)
    payments = PaymentTurns(voice, config.policies, COMPARISON_LEASE_MS if store.shared else None)
    return Worker(
        committer=BatchCommitter(
            store, voice, MessageTurns(voice, payments), payments, Pruning(config.retention.messages_days * _DAY_MS)
        ),
        comparer=Comparer(store, keys.sealing, ReferenceProtection(keys.template)),
        voice=voice,
        clock=clock,
        load=Load(
            queue_limit=config.load.queue_limit,
            batch_limit=config.load.batch_limit,
            retry_after_ms=config.load.retry_after_ms,
            messages_a_minute=config.load.terminal_messages_a_minute,
            requests_a_minute=config.load.terminal_requests_a_minute,
        ),
        on_ready=service.ready,
        on_progress=service.manager.alive,
        progress_s=service.manager.ping_every_s,
        meter=service.metrics,
    )
