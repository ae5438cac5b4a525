"""What a record looks like to the liaison: the platform's values, own unseen changes, and where its sending stands.

``review`` is called inside every transaction that bears on a record, so at each commit the view is exactly base
plus own unseen changes (the law everything else rests on). A field in conflict shows the own value until a
person decides; what the platform refused stays visible with the reasons until it is corrected.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec.json import decode
from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select

from sync.core import merge
from sync.domain.fields import Merge
from sync.domain.kinds import KINDS
from sync.messages import canonical, compact
from sync.records import Conflict
from sync.store import search
from sync.store.tables import change, conflict, file, lost, meta, record

AT_ONCE = 400  # records a statement
MOST_LOOKS = 2  # at one record in one review
DAYS = ("found_on", "started_at", "planned_on", "done_on", "raised_on", "since", "starts_on", "doc_on")


def policy(kind: str) -> merge.Policy:
    """A field's merge by the kind's declaration; unknown kinds and fields are single values."""
    fields = KINDS[kind].fields if kind in KINDS else {}

    def of(name: str) -> Merge:
        return fields[name].merge if name in fields else "value"

    return of


def declared() -> dict[str, str]:
    """What a record's look depends on, as a short text a kind: it differs once the program knows more of the kind."""
    said = {
        name: [kind.title, kind.subtitle, kind.flow, *sorted((one.name, one.type, one.merge) for one in kind.fields.values())]
        for name, kind in KINDS.items()
    }
    return {name: hashlib.sha256(canonical(one)).hexdigest()[:16] for name, one in said.items()}


def review(connection: Connection, ids: Iterable[str], device: str, now: str, *, touch: bool = True) -> None:
    """Recompute the view of records and of what shows their name. ``touch`` moves them to the top of lists.

    Some hundreds at a time with a few statements: a page of the feed or an imported ledger costs what one record does.
    A record that was looked at beside its paper is looked at once more: only then does the paper hang on it.
    """
    todo = dict.fromkeys(ids)
    looks: Counter[str] = Counter()
    while todo:
        some = list(todo)[:AT_ONCE]
        todo = dict.fromkeys(list(todo)[AT_ONCE:])
        looks.update(some)
        further = _review(connection, some, device, now if touch else None)
        todo.update(dict.fromkeys(one for one in further if looks[one] < MOST_LOOKS))


def _review(connection: Connection, ids: Sequence[str], device: str, now: str | None) -> list[str]:
    """Recompute some records; returns further records that show something of them."""
    rows = connection.execute(_RECORDS, {"ids": list(ids)}).all()
    if not rows:
        return []
    held = _Held(connection, ids)
    seen = {row.id: _look(row, held, device) for row in rows}
    names = _names(connection, {look.about for look in seen.values() if look.about}, seen)
    texts = {one: compact(look.fields) for one, look in seen.items()}
    connection.exec_driver_sql(
        "UPDATE record SET fields=?, workflow=?, title=?, about=?, day=?, sync_state=?, updated_at=? WHERE n=?",
        [
            (texts[row.id], look.workflow, look.title, look.about, look.day, look.state,
             now or row.updated_at, row.n)
            for row in rows for look in (seen[row.id],)
        ],
    )  # fmt: skip
    # a number comes with the platform's facts, not with the fields: such a record's words are written again when it is touched
    fresh = [row for row in rows if not row.title or row.fields != texts[row.id] or _number(row.facts)]
    _words(connection, [(row.n, _said(row, seen[row.id], names), _initials(seen[row.id], names)) for row in fresh])
    further = [look.about for row in rows if row.kind == "evidence" and (look := seen[row.id]).about]
    renamed = [row.id for row in rows if row.kind == "organisation" and row.title and row.title != seen[row.id].title]
    if renamed:
        further += connection.execute(select(record.c.id).where(record.c.about.in_(renamed))).scalars()
    return [one for one in further if one]


@dataclass(frozen=True, slots=True)
class _Look:
    """What a record looks like to the liaison."""

    fields: dict[str, Any]
    workflow: str | None
    title: str
    about: str | None
    day: str | None
    state: str


class _Held:
    """What bears on the view of some records: their changes, open conflicts, papers, and whether the platform lost some."""

    def __init__(self, connection: Connection, ids: Sequence[str]) -> None:
        self.changes: dict[str, list[tuple[dict[str, Any], bool]]] = {}
        some = {"ids": list(ids)}
        for one in connection.execute(_CHANGES, some):
            self.changes.setdefault(one.record, []).append((decode(one.body), one.state != "seen"))
        self.conflicts: dict[str, list[dict[str, Any]]] = {}
        for clash in connection.execute(_CONFLICTS, some):
            self.conflicts.setdefault(clash.record, []).append(decode(clash.body))
        self.papers: dict[str, list[Any]] = {}
        for paper in connection.execute(_PAPERS, some):
            self.papers.setdefault(paper.about, []).append(paper)
        want = connection.execute(_WANT).scalar_one_or_none()
        self.want = set(decode(want or "[]"))
        self.lost = set(connection.execute(_LOST, some).scalars())


# Built once: a save asks all of these, and building them took longer than asking.
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_CHANGES = (
    select(change.c.record, change.c.body, change.c.state)
    .join(record, record.c.id == change.c.record)
    .where(change.c.record.in_(_IDS), or_(change.c.state != "seen", record.c.base.is_(None)))
    .order_by(change.c.n)
)
_CONFLICTS = select(conflict.c.record, conflict.c.body).where(conflict.c.record.in_(_IDS))
_DIGEST = func.json_extract(record.c.fields, "$.sha256")
_PAPERS = (
    select(
        record.c.about, _DIGEST.label("digest"), file.c.state,
        select(change.c.id).where(change.c.record == record.c.id, change.c.state != "seen").exists().label("waiting"),
        func.json_extract(record.c.fields, "$.removed").label("removed"),
    )
    .outerjoin(file, file.c.sha256 == _DIGEST)
    .where(record.c.kind == "evidence", record.c.about.in_(_IDS))
)  # fmt: skip
_WANT = select(meta.c.value).where(meta.c.key == "want")
_LOST = select(lost.c.record).where(lost.c.record.in_(_IDS))
_RECORDS = select(record).where(record.c.id.in_(_IDS))
_NAMES = select(record.c.id, record.c.title, record.c.fields).where(record.c.id.in_(_IDS))


def _look(row: Any, held: _Held, device: str) -> _Look:
    """Base with own unseen changes on top, and where its sending stands."""
    own = held.changes.get(row.id, [])
    unseen = any(waits for _body, waits in own)
    # of a record the platform never took, what it refused is all there is: it stays in sight until corrected
    waiting = [body for body, waits in own if waits or row.base is None]
    decided = {one for body in waiting for one in body.get("resolves", ())}
    undecided = [body for body in held.conflicts.get(row.id, ()) if body["id"] not in decided]
    base = decode(row.base) if row.base is not None else {}
    workflow = row.base_workflow
    if row.base is None:
        workflow = "draft" if row.kind not in KINDS or KINDS[row.kind].flow else None
    for body in undecided:
        if body.get("device") == device and body["field"] != "workflow":
            base[body["field"]] = body["mine"]
    fields = merge.overlay(base, [body["fields"] for body in waiting], policy(row.kind))
    for body in waiting:
        if body.get("workflow"):
            workflow = body["workflow"][1]
    state = _sync_state(row, unseen or row.id in held.lost, bool(undecided), held.papers.get(row.id, ()), held.want)
    return _Look(fields, workflow, *_head(row.kind, fields), state)


def _head(kind: str, fields: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    """Title, the record it hangs on, and its day."""
    declared = KINDS.get(kind)
    if declared is None:
        return str(fields.get("title", "")), None, None
    about = fields.get(declared.subtitle) if declared.subtitle else None
    refers = declared.subtitle in declared.fields and declared.fields[declared.subtitle].type in ("ref", "auto")
    day = next((str(fields[name]) for name in DAYS if fields.get(name)), None)
    return str(fields.get(declared.title) or "")[:400], str(about) if about and refers else None, day


def _sync_state(row: Any, unseen: bool, undecided: bool, papers: Sequence[Any], want: set[str]) -> str:
    if undecided:
        return "conflict"
    if unseen:
        return "local" if row.base is None else "pending"
    if row.refusals != "[]":
        return "refused"
    if row.base is None:
        return "local"
    if any(paper.waiting for paper in papers):
        return "pending"
    kept = [paper for paper in papers if not paper.removed]
    missing = any(paper.state not in (None, "complete") or paper.digest in want for paper in kept)
    return "files" if missing else "synced"


def _names(connection: Connection, ids: set[str], seen: Mapping[str, _Look]) -> dict[str, tuple[str, str]]:
    """Title and credit code of the records others hang on, as they are after this transaction."""
    names = {one: (seen[one].title, str(seen[one].fields.get("uscc") or "")) for one in ids if one in seen}
    others = sorted(ids - names.keys())
    rows = connection.execute(_NAMES, {"ids": others}) if others else ()
    names.update({row.id: (row.title, str(decode(row.fields).get("uscc") or "")) for row in rows})
    return names


def _said(row: Any, look: _Look, names: Mapping[str, tuple[str, str]]) -> str:
    """All text a record is found by: its own, its platform number, the name and code of what it hangs on."""
    parts = [look.title, *names.get(look.about or "", ("", "")), _number(row.facts)]
    nameless = _nameless(row.kind)
    for name, value in look.fields.items():
        if isinstance(value, str):
            if name not in nameless:
                parts.append(value)
        elif name not in nameless:
            _texts(value, parts)
    return " ".join(parts)


@cache
def _nameless(kind: str) -> frozenset[str]:
    """Fields nobody looks for by what stands in them: ids of other records and digests were a fifth of all words."""
    fields = KINDS[kind].fields if kind in KINDS else {}
    return frozenset({"sha256", "subject"} | {name for name, declared in fields.items() if declared.type == "ref"})


def _number(facts: str) -> str:
    return str(decode(facts).get("number") or "") if facts != "{}" else ""


def _initials(look: _Look, names: Mapping[str, tuple[str, str]]) -> str:
    return f"{look.title} {names.get(look.about or '', ('', ''))[0]}"


def _words(connection: Connection, entries: Sequence[tuple[int, str, str]]) -> None:
    """Store search words: (row, text, what pinyin initials are made of)."""
    if entries:
        connection.exec_driver_sql("DELETE FROM words WHERE rowid = ?", [(n,) for n, _text, _names in entries])
        connection.exec_driver_sql(
            "INSERT INTO words(rowid, grams) VALUES (?, ?)",
            [(n, search.grams(said, search.initials(short))) for n, said, short in entries],
        )


def _texts(value: Any, into: list[str]) -> None:
    """Every text in a value that is no text itself."""
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(part, str):
            into.append(part)
        else:
            _texts(part, into)


def as_conflict(body: Mapping[str, Any]) -> Conflict:
    """A stored conflict as the dataclass pages see."""
    return Conflict(
        id=body["id"], record=body["record"], field=body["field"], base=body.get("base"), mine=body.get("mine"),
        theirs=body.get("theirs"), by=body.get("by", ""), at=body.get("at", ""), mine_by=body.get("mine_by", ""),
        mine_at=body.get("mine_at", ""),
    )  # fmt: skip
