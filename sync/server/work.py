"""One write transaction on the ledger: records are read once, changed in memory, and written with their feed rows.

Everything that changes a record goes through here, so a record, its conflicts, its paper index and its unit's feed
can never disagree. The rows of all units are appended last, unit by unit in ascending order: the counter row of a
unit is the only thing two writers wait for, and the chain needs the row's final place.
This module must not know HTTP, rules or who may do what.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.json import decode
from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update

from sync.domain.problems import Problem
from sync.messages import canonical
from sync.server import sharing
from sync.server.database import add, bump, dumps, put
from sync.server.held import PLATFORM, Actor, Held, Picture, What, describe, picture
from sync.server.schema import conflict, feed, head, holding, paper, record
from sync.server.schema import unit as units

_CHUNK = 500  # values in one IN (…)


# Built once: building what every push asks took longer than asking it.
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_RECORDS = select(record).where(record.c.id.in_(_IDS))
_OPEN = select(conflict.c.record, conflict.c.body).where(conflict.c.record.in_(_IDS), conflict.c.state == "open").order_by(conflict.c.id)
_PAPERS = select(paper.c.id).where(paper.c.subject == bindparam("subject"), paper.c.unit == bindparam("unit"))
_DELIVERED = select(holding.c.sha256).where(holding.c.unit == bindparam("unit"), holding.c.sha256.in_(_IDS))
_CHAIN = update(head).where(head.c.unit == bindparam("of")).values(chain=bindparam("chain"))


def fresh() -> str:
    """A random id of 32 hex characters."""
    return secrets.token_hex(16)


class Work:
    """The records of one transaction. ``at`` is the platform's clock, one instant for all of it."""

    def __init__(self, connection: Connection, at: str) -> None:
        self.connection = connection
        self.at = at
        self.records: dict[str, Held | None] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self._closed: list[dict[str, Any]] = []
        self._moments = 0
        self._everybody: list[str] | None = None

    def moment(self) -> str:
        """An instant of its own for each record received in this transaction: who was first must be known."""
        self._moments += 1
        later = datetime.fromisoformat(self.at) + timedelta(microseconds=self._moments - 1)
        return later.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    # ------------------------------------------------------------------------------------------------- reading

    def load(self, ids: Iterable[str]) -> None:
        """Read these records at once (those not yet read)."""
        wanted = sorted({one for one in ids if one not in self.records})
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            self.records.update(dict.fromkeys(part))
            for row in self.connection.execute(_RECORDS, {"ids": part}):
                self.records[row.id] = _held(row)
            for row in self.connection.execute(_OPEN, {"ids": part}):
                found = self.records[row.record]
                if found is not None:
                    found.conflicts.append(decode(row.body))

    def get(self, record_id: str) -> Held | None:
        """The record, or None where the platform has none of that id."""
        if record_id not in self.records:
            self.load((record_id,))
        return self.records[record_id]

    def start(self, record_id: str, unit: str, kind: str, since: str = "") -> Held:
        """A record that does not exist yet; it is written once a row says so. ``since``: it once did, from then on."""
        held = Held(record_id, unit, kind, created_at=since or self.at)
        self.records[record_id] = held
        return held

    def drop(self, held: Held) -> None:
        """Forget a record its unit had no right to, with what hangs on it; the rows that tell of it stay."""
        self.records[held.id] = None
        self.connection.execute(delete(record).where(record.c.id == held.id))
        self.connection.execute(delete(paper).where(paper.c.id == held.id))
        self.connection.execute(update(conflict).where(conflict.c.record == held.id, conflict.c.state == "open").values(state="closed"))

    def papers(self, held: Held) -> list[Held]:
        """The evidence records of a record that are not removed; another unit's never belong to it."""
        ids = set(self.connection.execute(_PAPERS, {"subject": held.id, "unit": held.unit}).scalars())
        ids |= {one.id for one in self.records.values() if one is not None and one.kind == "evidence"}
        self.load(ids)
        found = [one for each in sorted(ids) if (one := self.records[each]) is not None and one.unit == held.unit]
        return [one for one in found if one.fields.get("subject") == held.id and not one.fields.get("removed")]

    def delivered(self, unit: str, digests: Iterable[str]) -> set[str]:
        """Which of these digests the unit has delivered in full."""
        listed = sorted(set(digests))
        if not listed:
            return set()
        return set(self.connection.execute(_DELIVERED, {"unit": unit, "ids": listed}).scalars())

    # ------------------------------------------------------------------------------------------------- writing

    def row(
        self, held: Held, before: Picture, actor: Actor, what: What, *, change: str = "",
        problems: Sequence[Problem] = (), reason: str = "", made_at: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Append the row of what happened to ``held`` since ``before`` to its unit's feed, and to those who see it."""
        begins = not held.version
        body = describe(held, before, change or fresh(), actor, self.at, what, problems=problems, reason=reason, made_at=made_at)
        if begins and held.version and held.created_at != self.at:
            body["since"] = held.created_at  # it was here before, on a platform that has forgotten it
        self.closing(body.get("closed", ()))
        self.rows.setdefault(held.unit, []).append(body)
        if "shared" in before.facts or "shared" in held.facts:
            for unit, row in sharing.rows(held, before, body, actor, self.everybody):
                self.rows.setdefault(unit, []).append(row)
        return body

    def everybody(self) -> list[str]:
        """Every unit that has a liaison."""
        if self._everybody is None:
            chosen = select(units.c.code).where(units.c.active == 1, units.c.has_liaison == 1)
            self._everybody = list(self.connection.execute(chosen.order_by(units.c.code)).scalars())
        return self._everybody

    def say(self, unit: str, body: dict[str, Any]) -> None:
        """Append a row that concerns no record the unit may see (a refusal)."""
        self.rows.setdefault(unit, []).append(body)

    def platform_row(self, held: Held, before: Picture, what: What, reason: str = "") -> dict[str, Any]:
        """Append a row of the platform itself."""
        return self.row(held, before, Actor(PLATFORM), what, reason=reason)

    def closing(self, closed: Iterable[Mapping[str, Any]]) -> None:
        """Remember that these conflicts ended."""
        self._closed += [{"id": done["id"], "outcome": dict(done)} for done in closed]

    def finish(self) -> dict[str, int]:
        """Write everything; returns the seq of each change that got a row."""
        self.save()
        seqs: dict[str, int] = {}
        for unit in sorted(self.rows):
            seqs.update(append(self.connection, unit, self.rows[unit]))
        self.rows = {}
        return seqs

    def save(self) -> None:
        """Write the records themselves, without rows."""
        changed = [one for one in self.records.values() if one is not None and one.touched]
        self._write_records(changed)
        self._write_papers([one for one in changed if one.kind == "evidence"])
        self._write_conflicts(changed)
        for one in changed:
            one.touched = False

    def _write_records(self, changed: Sequence[Held]) -> None:
        put(self.connection, record, ("id",), [
            {
                "id": one.id, "unit": one.unit, "kind": one.kind, "fields": dumps(one.fields), "workflow": one.workflow or "",
                "stage": one.facts.get("stage") or "", "version": one.version, "number": one.facts.get("number") or "",
                "received_at": one.facts.get("received_at") or "", "facts": dumps(one.facts),
                "amendment": dumps(one.amendment), "stamps": dumps(_gathered(one.stamps)), "created_at": one.created_at,
                "updated_at": one.updated_at,
            }
            for one in changed
        ])  # fmt: skip

    def _write_papers(self, changed: Sequence[Held]) -> None:
        by_unit: dict[str, list[Held]] = {}
        for one in changed:
            by_unit.setdefault(one.unit, []).append(one)
        for unit, listed in by_unit.items():
            complete = self.delivered(unit, (str(one.fields.get("sha256") or "") for one in listed))
            put(self.connection, paper, ("id",), [
                {
                    "id": one.id, "unit": unit, "subject": str(one.fields.get("subject") or "")[:64],
                    "kind": str(one.fields.get("kind") or "")[:64], "sha256": str(one.fields.get("sha256") or "")[:64],
                    "bytes": min(int(one.fields.get("bytes") or 0), 2**62), "removed": int(bool(one.fields.get("removed"))),
                    "complete": int(one.fields.get("sha256") in complete),
                }
                for one in listed
            ])  # fmt: skip

    def _write_conflicts(self, changed: Sequence[Held]) -> None:
        put(self.connection, conflict, ("id",), [
            {"id": one["id"], "unit": held.unit, "record": held.id, "state": "open", "body": dumps(one), "outcome": ""}
            for held in changed
            for one in held.conflicts
        ])  # fmt: skip
        for done in self._closed:
            self.connection.execute(
                update(conflict).where(conflict.c.id == done["id"]).values(state="closed", outcome=dumps(done["outcome"]))
            )
        self._closed = []


def create(work: Work, unit_code: str, kind: str, values: Mapping[str, Any]) -> Held:
    """A record made by the platform in a unit's feed."""
    held = work.start(new_id(), unit_code, kind)
    before, actor = picture(held), Actor(PLATFORM)
    for name, value in values.items():
        held.put(name, value, actor, work.at)
    work.row(held, before, actor, "created")
    return held


def new_id() -> str:
    """A fresh UUID of version 7 (time-ordered), as laptops make them."""
    value = (time.time_ns() // 1_000_000 & ((1 << 48) - 1)) << 80 | int.from_bytes(secrets.token_bytes(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    return str(uuid.UUID(int=value & ~(0x3 << 62) | (0x2 << 62)))


def append(connection: Connection, unit: str, bodies: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Put rows at the end of a unit's feed; returns change -> seq."""
    seq, chain = bump(connection, unit, len(bodies))
    seqs, rows = {}, []
    for body in bodies:
        seq += 1
        body["seq"] = seq
        text = canonical(body)  # as messages.link makes it, once for the chain and for the page
        chain = hashlib.sha256(chain.encode() + text).hexdigest()
        rows.append(feed_row(unit, body, text, chain))
        seqs[body["change"]] = seq
    add(connection, feed, rows)
    connection.execute(_CHAIN, {"of": unit, "chain": chain})
    return seqs


def feed_row(unit: str, body: Mapping[str, Any], text: bytes, chain: str) -> dict[str, Any]:
    """A feed row as it is stored; ``text`` is its canonical form."""
    return {
        "unit": unit, "seq": body["seq"], "record": body["record"], "change": body["change"], "device": body["device"],
        "version": body["version"], "body": text.decode(), "chain": chain,
    }  # fmt: skip


def _held(row: Any) -> Held:
    return Held(
        row.id, row.unit, row.kind, decode(row.fields), row.workflow or None, row.version, decode(row.facts),
        decode(row.amendment), _spread(decode(row.stamps)), [], [], row.created_at, row.updated_at, len(row.fields),
    )  # fmt: skip


def _gathered(stamps: Mapping[str, list[str]]) -> list[list[Any]]:
    """Stamps as they are stored: [stamp, names]. Written out field by field they were larger than the fields.

    Fields set together share one list, which is found by itself first: comparing all stamps took longer than writing them.
    """
    shared: dict[int, tuple[list[str], list[str]]] = {}
    for name, stamp in stamps.items():
        held = shared.get(id(stamp))
        if held is None:
            held = shared[id(stamp)] = (stamp, [])
        held[1].append(name)
    found: dict[tuple[str, ...], list[str]] = {}
    for stamp, names in shared.values():
        found.setdefault(tuple(stamp), []).extend(names)
    return [[stamp, names] for stamp, names in found.items()]


def _spread(stored: Any) -> dict[str, list[str]]:
    """Field -> stamp, of what ``_gathered`` made or of what was stored before it did."""
    return dict(stored) if isinstance(stored, dict) else {name: stamp for stamp, names in stored for name in names}
