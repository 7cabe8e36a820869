"""Doing again as a whole what another worker was in the way of. Impure: the database, sleep."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError

from server_mqtt.shell.store import Store

RACES_LOST: Final = 20
"""How often one transaction may meet another worker's: after so many it is no accident."""

RACE_PAUSE_S: Final = 0.005
"""The longest pause after the first collision; each further one may be longer by as much."""

T = TypeVar("T")


def until_won(store: Store, work: Callable[[], T], on_lost: Callable[[int], None] | None = None) -> T:
    """What `work`, whole transactions, returns; `on_lost` is told of each time, from 1, that it has to be done again.

    Raises DBAPIError for what is no race, and for one that is lost too often.
    """
    for race in range(1, RACES_LOST + 1):
        try:
            return work()
        except DBAPIError as error:
            if race == RACES_LOST or not store.may_be_repeated(error):
                raise
            if on_lost is not None:
                on_lost(race)
            # So that two workers that collided do not collide again.
            time.sleep(random.uniform(0, race * RACE_PAUSE_S))  # noqa: S311 - jitter
    raise AssertionError
