"""What a record looks like to the liaison: the platform's values, own unseen changes, and where its sending stands.

``review`` is called inside every transaction that bears on a record, so at each commit the view is exactly base
plus own unseen changes (the law everything else rests on). A field in conflict shows the own value until a
person decides; what the platform refused stays visible with the reasons until it is corrected.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, text, update

from sync.core import merge
from sync.domain.fields import Merge
from sync.domain.kinds import KINDS
from sync.records import Conflict
from sync.store import search
from sync.store.tables import change, conflict, file, meta, record

DAYS = ("found_on", "started_at", "planned_on", "done_on", "raised_on", "since", "starts_on", "doc_on")


def policy(kind: str) -> merge.Policy:
    """A field's merge by the kind's declaration; unknown kinds and fields are single values."""
    fields = KINDS[kind].fields if kind in KINDS else {}

    def of(name: str) -> Merge:
        return fields[name].merge if name in fields else "value"

    return of


def review(connection: Connection, ids: Iterable[str], device: str, now: str, *, touch: bool = True) -> None:
    """Recompute the view of records and of what shows their name. ``touch`` moves them to the top of lists."""
    todo = list(dict.fromkeys(ids))
    done: set[str] = set()
    while todo:
        one = todo.pop(0)
        if one in done:
            continue
        done.add(one)
        todo += [other for other in _review(connection, one, device, now if touch else None) if other not in done]


def _review(connection: Connection, record_id: str, device: str, now: str | None) -> Sequence[str]:
    """Recompute one record; returns further records that show something of it."""
    row = connection.execute(select(record).where(record.c.id == record_id)).one_or_none()
    if row is None:
        return []
    own = connection.execute(select(change.c.body, change.c.state).where(change.c.record == record_id).order_by(change.c.n)).all()
    unseen = any(one.state != "seen" for one in own)
    # of a record the platform never took, what it refused is all there is: it stays in sight until corrected
    waiting = [json.loads(one.body) for one in own if one.state != "seen" or row.base is None]
    clashes = [
        json.loads(body)
        for body in connection.execute(select(conflict.c.body).where(conflict.c.record == record_id)).scalars()
    ]
    decided = {one for body in waiting for one in body.get("resolves", ())}
    undecided = [body for body in clashes if body["id"] not in decided]
    base = json.loads(row.base) if row.base is not None else {}
    workflow = (
        row.base_workflow
        if row.base is not None
        else ("draft" if row.kind not in KINDS or KINDS[row.kind].flow else None)
    )
    for body in undecided:
        if body.get("device") == device and body["field"] != "workflow":
            base[body["field"]] = body["mine"]
    fields = merge.overlay(base, [body["fields"] for body in waiting], policy(row.kind))
    for body in waiting:
        if body.get("workflow"):
            workflow = body["workflow"][1]
    title, about, day = _head(row.kind, fields)
    state = _sync_state(connection, row, unseen, undecided)
    connection.execute(update(record).where(record.c.n == row.n).values(
        fields=json.dumps(fields, ensure_ascii=False), workflow=workflow, title=title, about=about, day=day,
        sync_state=state, updated_at=now or row.updated_at,
    ))  # fmt: skip
    if json.loads(row.fields) != fields or not row.title:
        _words(connection, row.n, record_id, row.kind, fields, title, about, json.loads(row.facts))
    further = [about] if row.kind == "evidence" and about else []
    if row.kind == "organisation" and row.title and row.title != title:
        further += list(connection.execute(select(record.c.id).where(record.c.about == record_id)).scalars())
    return further


def _head(kind: str, fields: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    """Title, the record it hangs on, and its day."""
    declared = KINDS.get(kind)
    if declared is None:
        return str(fields.get("title", "")), None, None
    about = fields.get(declared.subtitle) if declared.subtitle else None
    refers = declared.subtitle in declared.fields and declared.fields[declared.subtitle].type in ("ref", "auto")
    day = next((str(fields[name]) for name in DAYS if fields.get(name)), None)
    return str(fields.get(declared.title) or "")[:400], str(about) if about and refers else None, day


def _sync_state(connection: Connection, row: Any, unseen: bool, undecided: Sequence[Mapping[str, Any]]) -> str:
    if undecided:
        return "conflict"
    if unseen:
        return "local" if row.base is None else "pending"
    if row.refusals != "[]":
        return "refused"
    if row.base is None:
        return "local"
    on_its_way = select(change.c.id).where(change.c.record == record.c.id, change.c.state != "seen").exists()
    papers = connection.execute(
        select(func.json_extract(record.c.fields, "$.sha256"), file.c.state, on_its_way, func.json_extract(record.c.fields, "$.removed"))
        .outerjoin(file, file.c.sha256 == func.json_extract(record.c.fields, "$.sha256"))
        .where(record.c.kind == "evidence", record.c.about == row.id)
    ).all()
    if any(waiting for _digest, _state, waiting, _removed in papers):
        return "pending"
    kept = [(digest, state) for digest, state, _waiting, removed in papers if not removed]
    if not kept:
        return "synced"
    want = json.loads(connection.execute(select(meta.c.value).where(meta.c.key == "want")).scalar_one_or_none() or "[]")
    missing = any(state not in (None, "complete") or digest in want for digest, state in kept)
    return "files" if missing else "synced"


def _words(
    connection: Connection, n: int, record_id: str, kind: str, fields: Mapping[str, Any], title: str, about: str | None,
    facts: Mapping[str, Any],
) -> None:  # fmt: skip
    """Store the record's search words: all its text, its platform number and the name it hangs on."""
    held = select(record.c.title, record.c.fields).where(record.c.id == about)
    row = connection.execute(held).one_or_none() if about else None
    other, code = (row.title, str(json.loads(row.fields).get("uscc") or "")) if row is not None else ("", "")
    parts = [title, other, code, str(facts.get("number") or "")]
    parts += [one for name, value in fields.items() if name not in ("sha256", "subject") for one in _texts(value)]
    connection.execute(text("DELETE FROM words WHERE rowid = :n"), {"n": n})
    connection.execute(
        text("INSERT INTO words(rowid, grams) VALUES (:n, :grams)"),
        {"n": n, "grams": search.grams(" ".join(parts), search.initials(f"{title} {other}"))},
    )


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [one for part in value.values() for one in _texts(part)]
    return [one for part in value for one in _texts(part)] if isinstance(value, list) else []


def as_conflict(body: Mapping[str, Any]) -> Conflict:
    """A stored conflict as the dataclass pages see."""
    return Conflict(
        id=body["id"], record=body["record"], field=body["field"], base=body.get("base"), mine=body.get("mine"),
        theirs=body.get("theirs"), by=body.get("by", ""), at=body.get("at", ""), mine_by=body.get("mine_by", ""),
        mine_at=body.get("mine_at", ""),
    )  # fmt: skip
