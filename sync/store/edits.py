"""A person's edits as changes: what differs from what he sees, kept with the values it was made from.

A batch is read once, worked in memory and written once. An edit folds into a change that never left the laptop;
what the platform refused as a whole goes out once more, corrected. Must not know how views are made.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from sync.core import merge
from sync.domain.kinds import KINDS
from sync.messages import Change, canonical
from sync.store.tables import change, record
from sync.store.view import AT_ONCE, policy


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change on one record: named field values (None clears), or a workflow move."""

    record: str
    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)
    workflow: str | None = None
    reason: str = ""
    resolves: tuple[str, ...] = ()
    bases: Mapping[str, Any] = field(default_factory=dict)  # what the person saw, where that is not what is held now
    batch: str | None = None
    stage: tuple[str | None, str] | None = None  # a business step: the stage it was made from, and the one to come


@dataclass(slots=True)
class _Slot:
    """A change of this transaction, or the one that may still be folded into (``n``: it has a row)."""

    change: Change
    n: int | None = None
    dirty: bool = False


@dataclass(slots=True)
class _Seen:
    """A record as the person sees it while a batch of edits is worked in."""

    kind: str
    known: bool
    fields: dict[str, Any]
    workflow: str | None
    version: int
    refused: bool  # the platform took none of it
    last: _Slot | None


_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_CHANGES = select(change.c.n, change.c.record, change.c.state, change.c.body).where(change.c.record.in_(_IDS)).order_by(change.c.n)
_RECORDS = select(record).where(record.c.id.in_(_IDS))


class Edits:
    """A batch of edits: read once, turned into changes in memory, written once."""

    def __init__(self, connection: Connection, edits: Sequence[Edit], device: str, unit: str, now: str) -> None:
        self._connection, self._device, self._unit, self._now = connection, device, unit, now
        self._slots: list[_Slot] = []
        self._batches: dict[str, str | None] = {}
        self._seen: dict[str, _Seen] = {}
        ids = sorted({edit.record for edit in edits})
        for at in range(0, len(ids), AT_ONCE):
            self._read(ids[at : at + AT_ONCE])

    def _read(self, ids: Sequence[str]) -> None:
        states: dict[str, list[str]] = {}
        lasts: dict[str, _Slot] = {}
        for one in self._connection.execute(_CHANGES, {"ids": list(ids)}):
            states.setdefault(one.record, []).append(one.state)
            if one.state == "new":
                lasts[one.record] = _Slot(Change.from_json(json.loads(one.body)), one.n)
            else:  # what a parcel brought lies on top: nothing is folded in below it
                lasts.pop(one.record, None)
        for row in self._connection.execute(_RECORDS, {"ids": list(ids)}):
            own = states.get(row.id, [])
            refused = row.base is None and bool(own) and all(state == "seen" for state in own)
            self._seen[row.id] = _Seen(
                row.kind, True, json.loads(row.fields), row.workflow, row.version, refused, lasts.get(row.id)
            )

    def put(self, edit: Edit) -> bool:
        """One edit as a change; whether anything changed."""
        initial = "draft" if KINDS[edit.kind].flow else None
        seen = self._seen.get(edit.record)
        if seen is None:
            seen = self._seen[edit.record] = _Seen(edit.kind, False, {}, initial, 0, False, None)
            self._batches[edit.record] = edit.batch
        if seen.refused:
            self._anew(edit, seen, initial)
            return True
        pairs = merge.difference(seen.fields, edit.values)
        for name, base in edit.bases.items():
            pairs[name] = (merge.plain(base), merge.plain(edit.values.get(name)))
        move = (seen.workflow, edit.workflow) if edit.workflow is not None and edit.workflow != seen.workflow else None
        fresh = seen.last is None and not seen.known and edit.record in self._batches
        if not fresh and not pairs and move is None and not edit.resolves and edit.stage is None:
            return False
        alone = edit.resolves or edit.reason or edit.stage is not None
        if not (seen.last is not None and not alone and self._fold(seen, pairs, move)):
            self._add(edit, seen, pairs, move, seen.version)
        seen.fields = merge.overlay(seen.fields, [pairs], policy(edit.kind))
        seen.workflow = move[1] if move is not None else seen.workflow
        return True

    def _anew(self, edit: Edit, seen: _Seen, initial: str | None) -> None:
        """An edit of a record the platform refused as a whole: everything in sight goes out once more, corrected."""
        values = {**seen.fields, **edit.values}
        target = edit.workflow or seen.workflow
        move = (initial, target) if target is not None and target != initial else None
        self._add(edit, seen, merge.difference({}, values), move, 0)
        seen.fields, seen.workflow, seen.refused = merge.overlay({}, [merge.difference({}, values)], policy(edit.kind)), target, False

    def _add(
        self, edit: Edit, seen: _Seen, pairs: Mapping[str, merge.Pair], move: tuple[str | None, str] | None, version: int
    ) -> None:
        made = Change(
            id=uuid.uuid4().hex, record=edit.record, kind=edit.kind, device=self._device, at=self._now, fields=pairs,
            workflow=move, resolves=edit.resolves, reason=edit.reason, seen_version=version, stage=edit.stage,
        )  # fmt: skip
        seen.last = _Slot(made)
        self._slots.append(seen.last)

    def _fold(self, seen: _Seen, pairs: Mapping[str, merge.Pair], move: tuple[str | None, str] | None) -> bool:
        """Fold into a change that never left the laptop; False where a new change is needed.

        Not where the platform has spoken of the record since: taking back what was typed is then no longer what it holds.
        A move folds only with a move: the papers attached in between must reach the platform before it. What comes
        out has a fresh id: where the disk was set back, the older change may have left all the same, and an id must
        never name two contents (the platform would take the second for the first, and it would be lost).
        """
        slot = seen.last
        if slot is None or slot.change.resolves or slot.change.reason or slot.change.stage is not None:
            return False
        if slot.change.seen_version != seen.version:
            return False
        if move is not None and slot.change.workflow is None:
            return False
        older = slot.change
        path = older.workflow
        if move is not None and path is not None:
            path = (path[0], move[1]) if path[0] != move[1] else None
        slot.change = Change(
            id=uuid.uuid4().hex, record=older.record, kind=older.kind, device=older.device, at=self._now,
            fields=merge.fold(older.fields, pairs, policy(older.kind)), workflow=path, seen_version=older.seen_version,
        )  # fmt: skip
        if slot.n is not None and not slot.dirty:
            slot.dirty = True
            self._slots.append(slot)
        return True

    def write(self) -> None:
        """New records, new changes in the order they were made, and what was folded."""
        new = [
            (one, self._seen[one].kind, self._unit, self._seen[one].workflow, given, self._now, self._now)
            for one, given in self._batches.items()
        ]
        self._many(
            "INSERT INTO record(id, kind, unit, workflow, batch, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)", new
        )
        made = [(one.change.id, one.change.record, canonical(one.change.to_json()).decode()) for one in self._slots if one.n is None]
        self._many("INSERT INTO change(id, record, body) VALUES (?, ?, ?)", made)
        folded = [(one.change.id, canonical(one.change.to_json()).decode(), one.n) for one in self._slots if one.n is not None]
        self._many("UPDATE change SET id = ?, body = ? WHERE n = ?", folded)

    def _many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self._connection.exec_driver_sql(statement, rows)
