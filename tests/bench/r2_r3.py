"""R2: whole payments, terminal to terminal, over pgbench. R3: from an answer to its result, over a bare ping-pong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

from server_mqtt.contract.messages import Modality
from tests.bench.figure import Figure, amount, percentile, ratio
from tests.bench.market import Throughput, opened_market, pay, paying, throughput
from tests.bench.parts import PARTS, parts_s
from tests.bench.peer import PEER, best_pgbench, pgbench_filled
from tests.bench.ping import ping_pong

COUPLES: Final = 12
"""Who pay at the same time: enough to keep a server busy, too few to keep it from ever being idle in between."""

R2_GOAL: Final = 0.5
R3_GOALS: Final = {"p50": (0.50, 2.0), "p99": (0.99, 3.0)}

Tell = Callable[[str], None]


def r2(rounds: int, seconds: float, tell: Tell) -> Iterator[Figure]:
    """One worker and two, by finger and by face, and pgbench on the same cluster, in turns."""
    theirs: list[float] = []
    ours: dict[str, list[Throughput]] = {"R2": [], "R2-face": [], "R2-two": []}
    with opened_market(postgres=True) as market:
        assert market.postgres is not None
        peer = pgbench_filled(market.postgres)
        fingers = market.couples(COUPLES, Modality.FINGERPRINT)
        faces = market.couples(COUPLES, Modality.FACE)
        for number in range(1, rounds + 1):
            tell(f"R2: round {number} of {rounds}")
            theirs.append(best_pgbench(market.postgres, peer, seconds).per_s)
            ours["R2"].append(throughput(market, fingers, seconds))
            ours["R2-face"].append(throughput(market, faces, seconds))
            with market.second_worker():
                ours["R2-two"].append(throughput(market, fingers, seconds))
        sound = market.is_sound()
    words = {"R2": "by finger, one worker", "R2-face": "by face, one worker", "R2-two": "by finger, two workers"}
    for name, runs in ours.items():
        what = f"whole payments between {COUPLES} couples of terminals, {words[name]}, on PostgreSQL"
        rates = [run.per_s for run in runs]
        yield ratio(name, what, rates, theirs, bound=R2_GOAL, peer=PEER, sound=sound)
        yield amount(f"{name}-rate", "payments a second", median(rates), "1/s", len(runs), bound=None, sound=sound)
    for name in ("R2", "R2-face"):
        for part in ours[name][0].cpu_ms:
            cpu_ms = median(run.cpu_ms[part] for run in ours[name])
            what = f"processor time of a payment ({words[name]}): {part}"
            yield amount(f"{name}-cpu-{part}", what, cpu_ms, "ms", len(ours[name]), bound=None, sound=sound)


def r3(rounds: int, payments: int, tell: Tell, couples: int = COUPLES) -> Iterator[Figure]:
    """On SQLite, in turns: bare, idle, and under half of the load that the server can take."""
    bare: list[float] = []
    writing: list[float] = []
    ours: dict[str, list[float]] = {"idle": [], "half": []}
    with opened_market(postgres=False) as market, ping_pong(market.folder) as ping:
        ((payer, payee),) = market.couples(1, Modality.FINGERPRINT)
        others = market.couples(couples, Modality.FINGERPRINT)
        most_per_s = throughput(market, others, 1.0).per_s
        for number in range(1, rounds + 1):
            tell(f"R3: round {number} of {rounds}")
            for _ in range(payments):
                both_s, write_s = ping()
                bare.append(both_s)
                writing.append(write_s)
            ours["idle"] += [pay(payer, payee) for _ in range(payments)]
            with paying(others, every_s=len(others) / (most_per_s / 2)):
                ours["half"] += [pay(payer, payee) for _ in range(payments)]
        sound = market.is_sound()
        (market.folder / "parts").mkdir()
        parts = {PARTS[name]: took for name, took in parts_s(market.folder / "parts", payments).items()}
    yield from _latencies(bare, ours, sound)
    for number, (what, took) in enumerate({"one fdatasync": writing, **parts}.items()):
        yield amount(f"R3-part-{number}", what, 1_000 * median(took), "ms", len(took), bound=None, sound=sound)


def _latencies(bare: list[float], ours: dict[str, list[float]], sound: bool) -> Iterator[Figure]:
    peer = "a bare QoS 1 ping-pong and one fdatasync"
    loads = {"idle": "idle", "half": "under half of the load it can take"}
    for load, took in ours.items():
        for name, (share, goal) in R3_GOALS.items():
            what = f"from the payer's answer to its result on SQLite, {loads[load]}, {name}"
            yield Figure(
                id=f"R3-{load}-{name}",
                what=what,
                value=percentile(took, share) / percentile(bare, share) if sound else None,
                unit="ratio",
                n=len(took),
                bound=goal,
                peer=peer,
                passed_invariants=sound,
            )
    for load, took in {"bare": bare, **ours}.items():
        for name, (share, _) in R3_GOALS.items():
            took_ms = 1_000 * percentile(took, share)
            yield amount(f"R3-{load}-{name}-ms", f"{load}, {name}", took_ms, "ms", len(took), bound=None, sound=sound)
