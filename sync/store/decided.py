"""Which conflicts were decided, by whom and when: what the unit's feed tells, and own decisions still on their way.

Every laptop of the unit reads the same feed, so a decision made elsewhere is known here with both values it stood
between. What merely came to agree was no decision. Must not know what can be undone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from sync.core import merge
from sync.store.database import Database
from sync.store.tables import UNSEEN, change, conflict, feed


@dataclass(frozen=True, slots=True)
class Decided:
    """A conflict's body as it last stood, and what was chosen. ``with_it``: the bodies a choice about deleting ended too."""

    conflict: Mapping[str, Any]
    kept: Any
    by: str
    at: str
    change: str
    with_it: tuple[Mapping[str, Any], ...] = ()


def decided(database: Database, record_id: str | None, since: str, device: str, me: str) -> list[Decided]:
    """Decisions since an instant of the platform, newest first; ``record_id`` None: about any record."""
    with database.read() as connection:
        found = [*_told(connection, record_id, since), *_waiting(connection, record_id, device, me)]
    return found[::-1]


def _told(connection: Connection, record_id: str | None, since: str) -> Iterator[Decided]:
    """From the feed, oldest first."""
    ended = select(feed.c.seq, feed.c.record).where(
        func.instr(feed.c.body, '"closed":[') > 0, func.json_extract(feed.c.body, "$.at") >= since
    )
    if record_id is not None:
        ended = ended.where(feed.c.record == record_id)
    places = {row.seq: row.record for row in connection.execute(ended)}
    bodies: dict[str, dict[str, Any]] = {}
    for row in connection.execute(select(feed.c.seq, feed.c.body).where(feed.c.record.in_(set(places.values()))).order_by(feed.c.seq)):
        if row.seq in places:
            yield from _ended(json.loads(row.body), bodies)
        if '"conflicts":[' in row.body:
            bodies.update({one["id"]: one for one in json.loads(row.body)["conflicts"]})


def _ended(row: Mapping[str, Any], bodies: Mapping[str, dict[str, Any]]) -> Iterator[Decided]:
    """The decisions of one row."""
    closed = [(bodies[one["id"]], one) for one in row["closed"] if one["id"] in bodies]
    with_it = tuple(body for body, _one in closed if body.get("against"))
    for body, one in closed:
        agreed = one.get("lost") is None and not any(merge.plain(body.get(side)) is None for side in ("mine", "theirs"))
        if body not in with_it and not agreed:
            about = {**body, "record": row["record"]}
            moved = with_it if body["field"] == "workflow" else ()
            yield Decided(about, one.get("kept"), str(row.get("by", "")), str(row.get("at", "")), str(row["change"]), moved)


def _waiting(connection: Connection, record_id: str | None, device: str, me: str) -> Iterator[Decided]:
    """Own decisions the platform has not confirmed, oldest first."""
    chosen = select(change.c.body).where(UNSEEN, func.instr(change.c.body, '"resolves":[') > 0)
    if record_id is not None:
        chosen = chosen.where(change.c.record == record_id)
    for text in connection.execute(chosen.order_by(change.c.n)).scalars():
        body = json.loads(text)
        rows = connection.execute(select(conflict.c.body).where(conflict.c.id.in_(body["resolves"]))).scalars()
        bodies = [json.loads(one) for one in rows]
        with_it = tuple(one for one in bodies if one.get("against"))
        for one in bodies:
            pair = body.get("workflow") if one["field"] == "workflow" else body["fields"].get(one["field"])
            if one not in with_it and pair is not None:
                yield Decided(one, pair[1], me if body["device"] == device else "", body["at"], body["id"])
