"""The marks by which a unit's laptops are warned that another unit may have registered an item (``domain.known``).

Keys of received finds are computed once and again only where the record or its organisation has changed; a unit's
table is made anew only when some key did. A platform of 10,000 finds answers a pull from memory.
This module must not know HTTP or who asks.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from sync.domain import facts, known
from sync.domain.quota import FINDS
from sync.server.schema import record
from sync.server.seal import Seal

#: Paper states in which an item is held against nobody.
GONE = ("merged", "rejected", "withdrawn", "revoked", "deleted")
OWNER = {"demand": "org", "achievement": "owner_org"}

_ORGANISATIONS = select(record.c.id, record.c.version).where(record.c.kind == "organisation")
_FOUND = select(record.c.id, record.c.unit, record.c.version).where(
    record.c.kind.in_(FINDS), record.c.received_at != "", record.c.workflow.not_in(GONE)
)


class Elsewhere:
    """What every unit has registered, as keys; ``table`` gives a unit the marks of all others."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._lock = threading.Lock()
        self._mark = ""
        self._items: dict[str, tuple[tuple[int, str, int], str, frozenset[str]]] = {}  # id -> what it was made from, unit, keys
        self._tables: dict[str, dict[str, str]] = {}

    def table(self, connection: Connection, unit: str, mark: str) -> dict[str, str]:
        """The marks for a unit's laptops; ``mark`` begins with the history's name and changes whenever
        something was received or decided.
        """
        with self._lock:
            if mark != self._mark:
                if mark[:16] != self._mark[:16]:  # another history: a version may mean another content
                    self._items, self._tables = {}, {}
                self._read(connection)
                self._mark = mark
            if unit not in self._tables:
                keys = (key for _made, owner, own in self._items.values() if owner != unit for key in own)
                self._tables[unit] = known.publish(keys, self._seal.known_salt(unit))
            return self._tables[unit]

    def _read(self, connection: Connection) -> None:
        versions: dict[str, int] = {row.id: row.version for row in connection.execute(_ORGANISATIONS)}
        now: dict[str, Any] = {row.id: row for row in connection.execute(_FOUND)}
        stale = [one for one, row in now.items() if not self._is_fresh(one, row.version, versions)]
        gone = self._items.keys() - now.keys()
        before = {one: self._items.get(one) for one in [*stale, *gone]}
        for one in gone:
            del self._items[one]
        for start in range(0, len(stale), 500):
            self._compute(connection, stale[start : start + 500], versions)
        if any((old[1:] if old else None) != (new[1:] if (new := self._items.get(one)) else None) for one, old in before.items()):
            self._tables = {}

    def _is_fresh(self, one: str, version: int, versions: Mapping[str, int]) -> bool:
        item = self._items.get(one)
        return item is not None and item[0] == (version, item[0][1], versions.get(item[0][1], 0))

    def _compute(self, connection: Connection, ids: list[str], versions: Mapping[str, int]) -> None:
        chosen = select(record.c.id, record.c.unit, record.c.kind, record.c.version, record.c.fields)
        rows = {row.id: (row, json.loads(row.fields)) for row in connection.execute(chosen.where(record.c.id.in_(ids)))}
        owners = {one: str(fields.get(OWNER[row.kind]) or "") for one, (row, fields) in rows.items()}
        orgs = {
            row.id: json.loads(row.fields)
            for row in connection.execute(chosen.where(record.c.id.in_(sorted(set(owners.values())))))
            if row.kind == "organisation"
        }
        for one, (row, fields) in rows.items():
            item = facts.known_item(one, row.kind, fields, orgs.get(owners[one]), (), row.unit, None, "")
            self._items[one] = ((row.version, owners[one], versions.get(owners[one], 0)), row.unit, known.keys_of(item))
