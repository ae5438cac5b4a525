"""Official figures as they stood before a platform was restored from a backup, while what it says now is lower.

A restored platform counts only what it has been told again, so for hours or days it may say less than is true. What it
said before is kept until it says as much again (or a month is over: the centre may have taken something back meanwhile)
and is shown beside the lower figure, never in its place. Must not know what a figure means.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, select

from sync.store import retold
from sync.store.local import keep
from sync.store.tables import meta

KEY, NOW = "figures:before", "facts:counted"
DAYS = 31


def remember(connection: Connection, at: str) -> None:
    """The platform was restored: keep what it said last, unless something from before another restore is kept still."""
    said = _value(connection, NOW)
    if said and _value(connection, KEY) is None:
        keep(connection, KEY, {"since": at, "years": said.get("years") or {}})


def settle(connection: Connection, at: str) -> None:
    """The platform has spoken: let go of what it has reached again; what another platform once said is nothing here."""
    kept, now = _value(connection, KEY), _value(connection, NOW) or {}
    if kept is None:
        return
    over = abs((date.fromisoformat(at[:10]) - date.fromisoformat(kept["since"][:10])).days) > DAYS
    if over or retold.elsewhere(connection) or not any(_lower(kept, now, year) for year in kept["years"]):
        connection.execute(delete(meta).where(meta.c.key == KEY))


def lower(connection: Connection, year: int) -> dict[str, Any] | None:
    """``{"since", metric: figure before}`` where the platform says less of a year now, else None."""
    kept = _value(connection, KEY)
    if kept is None:
        return None
    less = _lower(kept, _value(connection, NOW) or {}, str(year))
    return {"since": kept["since"], **less} if less else None


def _lower(kept: Mapping[str, Any], now: Mapping[str, Any], year: str) -> dict[str, Any]:
    """The figures of a year that were higher; ``city`` holds the city's."""
    before, after = kept["years"].get(year) or {}, (now.get("years") or {}).get(year) or {}
    found = _less(before, after)
    city = _less(before.get("city") or {}, after.get("city") or {})
    return {**found, **({"city": city} if city else {})}


def _less(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: (one.get("counted"), (after.get(name) or {}).get("counted") or 0) for name, one in before.items() if name != "city"}
    return {name: was for name, (was, now) in counts.items() if was is not None and float(was) > float(now)}


def _value(connection: Connection, key: str) -> Any:
    text = connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()
    return None if text is None else json.loads(text)
