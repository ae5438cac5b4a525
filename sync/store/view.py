"""What a record looks like to the liaison: the platform's values, own unseen changes, and where its sending stands.

``review`` is called inside every transaction that bears on a record, so at each commit the view is exactly base
plus own unseen changes (the law everything else rests on). A field in conflict shows the own value until a
person decides; what the platform refused stays visible with the reasons until it is corrected.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.json import decode
from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select

from sync.core import merge
from sync.domain.fields import Merge
from sync.domain.kinds import KINDS
from sync.messages import canonical, compact
from sync.records import Conflict
from sync.store import words
from sync.store.retold import STANDS
from sync.store.tables import DIGEST, UNSEEN, change, conflict, file, lost, meta, record

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


@dataclass(slots=True)
class Entry:
    """A stored record while a transaction works on it: what the platform said of it, and what is shown so far.

    ``n`` None: it has no row yet. Where base and view are the same text, ``base`` is stored empty: of most records the
    platform's values are what is seen, and twice the text was twice the encrypting.
    """

    id: str
    kind: str
    unit: str
    created_at: str
    n: int | None = None
    base: dict[str, Any] | None = None  # None: the platform does not have it
    base_workflow: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    amendment: dict[str, Any] = field(default_factory=dict)
    refusals: list[Any] = field(default_factory=list)
    version: int = 0
    shown: str = ""  # the text of the fields as they are stored
    title: str = ""
    number: str = ""
    updated_at: str = ""


def entries(connection: Connection, ids: Sequence[str]) -> dict[str, Entry]:
    """The stored records of these ids."""
    found = {}
    for at in range(0, len(ids), AT_ONCE):
        for row in connection.execute(_RECORDS, {"ids": ids[at : at + AT_ONCE]}):
            base = None if row.base is None else decode(row.base or row.fields)
            facts = decode(row.facts)
            found[row.id] = Entry(
                row.id, row.kind, row.unit, row.created_at, row.n, base, row.base_workflow, facts, decode(row.amendment),
                decode(row.refusals), row.version, row.fields, row.title, str(facts.get("number") or ""), row.updated_at,
            )  # fmt: skip
    return found


def review(
    connection: Connection, ids: Iterable[str], device: str, now: str, *, touch: bool = True, told: Mapping[str, Entry] | None = None
) -> None:
    """Recompute the view of records and of what shows their name. ``touch`` moves them to the top of lists.

    ``told``: records the platform has just spoken of, not written yet: they are written here, once.
    Some hundreds at a time with a few statements: a page of the feed or an imported ledger costs what one record does.
    A record that was looked at beside its paper is looked at once more: only then does the paper hang on it.
    """
    todo = dict.fromkeys(ids)
    looks: Counter[str] = Counter()
    fresh: list[int] = []
    waits = dict(told or {})
    while todo:
        some = list(todo)[:AT_ONCE]
        todo = dict.fromkeys(list(todo)[AT_ONCE:])
        looks.update(some)
        held = {one: waits.pop(one) for one in some if one in waits}
        held |= entries(connection, [one for one in some if one not in held])
        further = _review(connection, held, device, now if touch else None, fresh)
        todo.update(dict.fromkeys(one for one in further if looks[one] < MOST_LOOKS))
    words.due(connection, fresh)


def _review(connection: Connection, held: Mapping[str, Entry], device: str, now: str | None, fresh: list[int]) -> list[str]:
    """Recompute and write some records; returns further records that show something of them."""
    if not held:
        return []
    bearing = _Bearing(connection, held)
    looks = {one: _look(entry, bearing, device) for one, entry in held.items()}
    made = [entry for entry in held.values() if entry.n is None]
    if made:
        last = connection.exec_driver_sql("SELECT max(n) FROM record").scalar_one() or 0
        for n, entry in enumerate(made, last + 1):
            entry.n = n
    new = {entry.id for entry in made}
    mark = connection.exec_driver_sql(_NEXT_MARK).scalar_one()
    _write(connection, _INSERT, [(*_stored(entry, looks[entry.id], now, mark), entry.n, entry.kind, entry.created_at) for entry in made])
    _write(connection, _UPDATE, [_stored(entry, looks[entry.id], now, mark) for entry in held.values() if entry.id not in new])
    renamed = []
    for one, entry in held.items():
        look = looks[one]
        if one in new or entry.shown != look.text or entry.number != str(entry.facts.get("number") or ""):
            fresh.append(entry.n or 0)
        if entry.kind == "organisation" and entry.shown != look.text:
            renamed.append(one)
    if renamed:
        words.due_about(connection, renamed)
    return [look.about for one, look in looks.items() if held[one].kind == "evidence" and look.about]


_COLUMNS = (
    "unit", "base", "base_workflow", "facts", "amendment", "refusals", "version", "fields", "workflow", "title", "about", "day",
    "sync_state", "updated_at", "mark", "id",
)  # fmt: skip
_INSERT = f"INSERT INTO record({', '.join(_COLUMNS)}, n, kind, created_at) VALUES ({', '.join('?' * 19)})"  # noqa: S608  names of ours
_UPDATE = f"UPDATE record SET {', '.join(f'{one}=?' for one in _COLUMNS[:-1])} WHERE id=?"  # noqa: S608  names of ours


def _stored(entry: Entry, look: _Look, now: str | None, mark: int) -> tuple[Any, ...]:
    """A record as its row holds it."""
    base = None if entry.base is None else "" if entry.base is look.fields else compact(entry.base)
    return (
        entry.unit, "" if base == look.text else base, entry.base_workflow, compact(entry.facts), compact(entry.amendment),
        compact(entry.refusals), entry.version, look.text, look.workflow, look.title, look.about, look.day, look.state,
        now or entry.updated_at, mark, entry.id,
    )  # fmt: skip


def _write(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, rows)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a record looks like to the liaison."""

    fields: dict[str, Any]
    text: str  # the fields as they are stored
    workflow: str | None
    title: str
    about: str | None
    day: str | None
    state: str


class _Bearing:
    """What bears on the view of some records: their changes, open conflicts, papers, and whether the platform lost some."""

    def __init__(self, connection: Connection, entries: Mapping[str, Entry]) -> None:
        self.changes: dict[str, list[tuple[dict[str, Any], bool]]] = {}
        some = {"ids": list(entries)}
        bare = [one for one, entry in entries.items() if entry.base is None]  # as it is now; the row may say otherwise yet
        for one in connection.execute(_CHANGES, {**some, "bare": bare}):
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
    .where(change.c.record.in_(_IDS), or_(UNSEEN, change.c.record.in_(bindparam("bare", expanding=True))))
    .order_by(change.c.n)
)
_CONFLICTS = select(conflict.c.record, conflict.c.body).where(conflict.c.record.in_(_IDS))
_PAPERS = (
    select(
        record.c.about, DIGEST.label("digest"), file.c.state,
        select(change.c.id).where(change.c.record == record.c.id, UNSEEN).exists().label("waiting"),
        func.json_extract(record.c.fields, "$.removed").label("removed"),
    )
    .select_from(record)
    .outerjoin(file, file.c.sha256 == DIGEST)
    .where(record.c.kind == "evidence", record.c.about.in_(_IDS))
)  # fmt: skip
_WANT = select(meta.c.value).where(meta.c.key == "want")
_LOST = select(lost.c.record).where(lost.c.record.in_(_IDS), STANDS)
_RECORDS = select(record).where(record.c.id.in_(_IDS))
_NEXT_MARK = (
    "INSERT INTO meta(key, value) VALUES ('mark', '1') "
    "ON CONFLICT(key) DO UPDATE SET value = value + 1 RETURNING CAST(value AS INTEGER)"
)


def _look(entry: Entry, bearing: _Bearing, device: str) -> _Look:
    """Base with own unseen changes on top, and where its sending stands."""
    own = bearing.changes.get(entry.id, [])
    unseen = any(waits for _body, waits in own)
    # of a record the platform never took, what it refused is all there is: it stays in sight until corrected
    waiting = [body for body, waits in own if waits or entry.base is None]
    decided = {one for body in waiting for one in body.get("resolves", ())}
    undecided = [body for body in bearing.conflicts.get(entry.id, ()) if body["id"] not in decided]
    fields = entry.base if entry.base is not None else {}
    workflow = entry.base_workflow
    if entry.base is None:
        workflow = "draft" if entry.kind not in KINDS or KINDS[entry.kind].flow else None
    if waiting or undecided:
        mine = {body["field"]: body["mine"] for body in undecided if body.get("device") == device and body["field"] != "workflow"}
        fields = merge.overlay({**fields, **mine}, [body["fields"] for body in waiting], policy(entry.kind))
    for body in waiting:
        if body.get("workflow"):
            workflow = body["workflow"][1]
    state = _sync_state(entry, unseen or entry.id in bearing.lost, bool(undecided), bearing.papers.get(entry.id, ()), bearing.want)
    return _Look(fields, compact(fields), workflow, *_head(entry.kind, fields), state)


def _head(kind: str, fields: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    """Title, the record it hangs on, and its day."""
    declared = KINDS.get(kind)
    if declared is None:
        return str(fields.get("title", "")), None, None
    about = fields.get(declared.subtitle) if declared.subtitle else None
    refers = declared.subtitle in declared.fields and declared.fields[declared.subtitle].type in ("ref", "auto")
    day = next((str(fields[name]) for name in DAYS if fields.get(name)), None)
    return str(fields.get(declared.title) or "")[:400], str(about) if about and refers else None, day


def _sync_state(entry: Entry, unseen: bool, undecided: bool, papers: Sequence[Any], want: set[str]) -> str:
    if undecided:
        return "conflict"
    if unseen:
        return "local" if entry.base is None else "pending"
    if entry.refusals:
        return "refused"
    if entry.base is None:
        return "local"
    if any(paper.waiting for paper in papers):
        return "pending"
    kept = [paper for paper in papers if not paper.removed]
    missing = any(paper.state not in (None, "complete") or paper.digest in want for paper in kept)
    return "files" if missing else "synced"


def as_conflict(body: Mapping[str, Any], device: str) -> Conflict:
    """A stored conflict as the dataclass pages see: ``mine`` is what stands on the laptop ``device``, ``theirs`` the other side.

    The platform keeps one body for all laptops, in which ``mine`` is of the device whose change met another's. On that
    one it stands in sight until somebody decides; on every other what the platform holds does (see ``_look``).
    """
    sides = [(body.get("mine"), body.get("mine_by", ""), body.get("mine_at", "")), (body.get("theirs"), body.get("by", ""), body.get("at", ""))]
    (mine, mine_by, mine_at), (theirs, by, at) = sides if body.get("device") in (None, "", device) else sides[::-1]
    return Conflict(
        id=body["id"], record=body["record"], field=body["field"], base=body.get("base"), mine=mine, theirs=theirs, by=by, at=at,
        mine_by=mine_by, mine_at=mine_at,
    )
