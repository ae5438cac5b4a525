"""The platform's numbers: ``XQ26-0001``, one series a kind and year, never given twice."""

from __future__ import annotations

import re

from sqlalchemy import Connection, select

from sync.domain.kinds import KINDS
from sync.server.database import put
from sync.server.schema import record, series

_NUMBER = re.compile(r"([A-Z]{1,4}\d{2})-(\d{4,9})\Z")


def next_number(connection: Connection, kind: str, year: int) -> str:
    """The next number of a kind in a year; kinds without a prefix take their name's first letters."""
    prefix = KINDS[kind].prefix if kind in KINDS and KINDS[kind].prefix else kind[:2].upper()
    name = f"{prefix}{year % 100:02d}"
    last = connection.execute(select(series.c.last).where(series.c.name == name)).scalar() or 0
    put(connection, series, ("name",), [{"name": name, "last": last + 1}])
    return f"{name}-{last + 1:04d}"


def reserve(connection: Connection, number: str) -> None:
    """Never give ``number`` (or one before it) again."""
    found = _NUMBER.match(number)
    if found is None:
        return
    name, place = found.group(1), int(found.group(2))
    last = connection.execute(select(series.c.last).where(series.c.name == name)).scalar() or 0
    if place > last:
        put(connection, series, ("name",), [{"name": name, "last": place}])


def taken(connection: Connection, number: str, but: str) -> bool:
    """Whether another record than ``but`` bears this number."""
    chosen = select(record.c.id).where(record.c.number == number, record.c.id != but)
    return connection.execute(chosen.limit(1)).first() is not None
