"""Records, changes, lists and files of one profile: everything the laptop itself writes and reads.

``put`` is the only way a record changes from this side: it works out what differs from what the person sees,
keeps it as a change with the values it was made from, folds it into a change that never left the laptop, and
recomputes the view, all in one transaction. ``review`` recomputes a record's view after anything that bears on
it. Frozen dataclasses go out. Must not know HTTP, files' contents or rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    UnaryExpression,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql import operators

from sync.domain.duplicates import same_organisation
from sync.domain.problems import Problem
from sync.domain.values import normalise_name, one_line
from sync.errors import NoSuch
from sync.records import STEP, Conflict, Happening, Listing, Moment, Paper, Pending, Record, Row
from sync.store import search, words
from sync.store.database import Database
from sync.store.edits import Edit, Edits
from sync.store.tables import (
    DIGEST,
    EVIDENCE,
    IN_SIGHT,
    UNSEEN,
    batch,
    change,
    conflict,
    feed,
    file,
    meta,
    record,
    round_,
)
from sync.store.tables import STEP as REACHED
from sync.store.view import AT_ONCE, as_conflict, declared, review


def _searched(name: str) -> ColumnElement[Any]:
    """A column of a record, as it is."""
    return record.c[name]


def _unsearched(name: str) -> ColumnElement[Any]:
    """The same where SQLite is not to look for an index by it ("+"): going to each record found takes ten times as long."""
    return UnaryExpression(record.c[name], operator=operators.custom_op("+"), type_=record.c[name].type)


#: A file whose paper was taken off, or never came to be because the program was killed, waits for nobody.
_UNSENT = (
    file.c.state != "complete",
    file.c.sha256.in_(
        select(DIGEST).where(
            record.c.kind == "evidence", func.coalesce(func.json_extract(record.c.fields, "$.removed"), 0) == 0
        )
    ),
)

#: Built once: a window asks these many times a minute, and building a question takes longer than asking it.
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_REMEMBERED = select(meta.c.value).where(meta.c.key == bindparam("key"))
_RECORD = select(record).where(record.c.id == bindparam("id"))
_KIND = select(record.c.kind).where(record.c.id == bindparam("id"))
_FIELDS = select(record.c.id, record.c.fields).where(record.c.id.in_(_IDS))
_TITLES = select(record.c.id, record.c.title).where(record.c.id.in_(_IDS))
_WAITING = select(func.count()).where(change.c.record == bindparam("record"), UNSEEN)
_UNSEEN = select(func.count(func.distinct(change.c.record)), func.min(change.c.n)).where(UNSEEN)
_UNSEEN_BODIES = select(change.c.body).where(UNSEEN, change.c.record.in_(_IDS))
_BODY = select(change.c.body).where(change.c.n == bindparam("n"))
_FILES = select(file).order_by(file.c.bytes)
_UNSENT_BYTES = select(func.count(), func.coalesce(func.sum(file.c.bytes - file.c.offset), 0)).where(*_UNSENT)
_ROUND = insert(round_)
_OLD_ROUNDS = delete(round_).where(round_.c.n <= select(func.max(round_.c.n)).scalar_subquery() - bindparam("last"))
_CONFLICTS = select(conflict.c.body).order_by(conflict.c.record, conflict.c.field)
_CONFLICTS_OF = _CONFLICTS.where(conflict.c.record == bindparam("record"))
_STEPS = select(change.c.n, change.c.record, REACHED.label("target")).where(UNSEEN, REACHED.is_not(None))
_PAPERS = (
    select(record.c.id, record.c.about, record.c.fields, file.c.state, file.c.offset)
    .select_from(record)
    .outerjoin(file, file.c.sha256 == DIGEST)
    .where(_unsearched("kind") == "evidence", IN_SIGHT)
    .order_by(record.c.n)
)
_PAPERS_OF = _PAPERS.where(record.c.about.in_(_IDS))
_BEGUN = select(file.c.place, file.c.offset).where(file.c.sha256 == bindparam("sha256"))
_STATE = select(file.c.state).where(file.c.sha256 == bindparam("sha256"))
_ORGANISATIONS = select(record.c.id, record.c.fields).where(record.c.kind == "organisation", record.c.unit == bindparam("unit"))
_COMPANY = _ORGANISATIONS.where(func.json_extract(record.c.fields, "$.uscc") == bindparam("code"))


@lru_cache(256)
def _listing(*given: str) -> tuple[Select[Any], Select[Any]]:
    """How many records a list has, and a stretch of it, by what is ``given`` of a list's conditions."""

    def asked(column: Callable[[str], ColumnElement[Any]]) -> ColumnElement[bool]:
        flow, day = column("workflow"), column("day")
        by: dict[str, ColumnElement[bool]] = {
            "unit": column("unit") == bindparam("unit"),
            "kinds": column("kind").in_(bindparam("kinds", expanding=True)),
            "sync": column("sync_state") == bindparam("sync"),
            "about": record.c.about == bindparam("about"),
            "first": or_(day.is_(None), day.between(bindparam("first"), bindparam("last"))),
            "words": _unsearched("n").in_(text("SELECT rowid FROM words WHERE words MATCH :words").columns(record.c.n)),
            "workflow": flow.in_(bindparam("workflow", expanding=True)),
        }
        there = or_(flow.is_(None), flow != literal_column("'deleted'"))
        return and_(*(by[one] for one in by if one in given), *(() if "workflow" in given else (there,)))

    newest = (record.c.updated_at.desc(), record.c.n.desc())
    # the newest of thousands: along the list until there are enough, and never all of a kind sorted
    stretch = select(record.c.n).where(asked(_searched if "about" in given else _unsearched)).order_by(*newest)
    stretch = stretch.limit(bindparam("most", type_=Integer)).offset(bindparam("from", type_=Integer))
    return (
        select(func.count()).select_from(record).where(asked(_searched)),
        select(record).where(record.c.n.in_(stretch)).order_by(*newest),
    )


class Local:
    """The liaison's side of the store."""

    def __init__(self, database: Database) -> None:
        """``database`` stays open as long as this does."""
        self.database = database

    # -- small facts -------------------------------------------------------------------------------------------

    def recall(self, key: str, default: Any = None) -> Any:
        """A remembered JSON value."""
        with self.database.read() as connection:
            found = connection.execute(_REMEMBERED, {"key": key}).scalar_one_or_none()
        return default if found is None else json.loads(found)

    def remember(self, values: Mapping[str, Any]) -> None:
        """Keep JSON values under their keys, in one transaction."""
        with self.database.write() as connection:
            for key, value in values.items():
                keep(connection, key, value)

    def catch_up(self, device: str, now: str) -> None:
        """After an update of the program: records of kinds it has learned more about look as they should by now."""
        told, known = self.recall("kinds"), declared()
        if told == known:
            return
        with self.database.write() as connection:
            news = [kind for kind in known if told is not None and told.get(kind) != known[kind]]
            ids = connection.execute(select(record.c.id).where(record.c.kind.in_(news))).scalars().all()
            review(connection, ids, device, now, touch=False)
            keep(connection, "kinds", known)

    def catch_up_words(self, stop: Callable[[], bool] = bool) -> None:
        """Write the words records are found by where they are due, some hundreds a transaction; ends early when asked to."""
        while not stop():
            with self.database.read() as connection:
                if not words.waiting(connection):
                    return
            with self.database.write(lasting=False) as connection:
                words.catch_up(connection)

    # -- changing records --------------------------------------------------------------------------------------

    def put(self, edits: Sequence[Edit], device: str, unit: str, now: str) -> list[str]:
        """Record ``edits`` as changes in one transaction; returns the ids of the records that really changed."""
        with self.database.write() as connection:
            batch_of = Edits(connection, edits, device, unit, now)
            changed = [edit.record for edit in edits if batch_of.put(edit)]
            batch_of.write()
            review(connection, changed, device, now)
        return changed

    def forget_batch(self, batch_id: str) -> list[str]:
        """Ids of a batch's records that never left the laptop and were not edited since; they are removed.

        Companies the batch brought along go with them where nothing else refers to them.
        """
        left = select(change.c.n).where(change.c.record == record.c.id, change.c.state != "new").exists()
        untouched = (record.c.batch == batch_id, record.c.base.is_(None), record.c.updated_at == record.c.created_at, ~left)
        with self.database.write() as connection:
            body = connection.execute(select(batch.c.body).where(batch.c.id == batch_id)).scalar_one_or_none()
            imported = json.loads(body or "{}").get("kind")
            rows = connection.execute(select(record.c.n, record.c.id, record.c.kind).where(*untouched)).all()
            wanted = [row for row in rows if row.kind == imported]
            self._remove(connection, wanted)
            if len(rows) > len(wanted):
                referred = self._referred(connection)
                self._remove(connection, [row for row in rows if row.kind != imported and row.id not in referred])
            connection.execute(delete(batch).where(batch.c.id == batch_id))
        return [row.id for row in wanted]

    def _remove(self, connection: Connection, rows: Sequence[Any]) -> None:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            ids = [row.id for row in some]
            connection.execute(delete(change).where(change.c.record.in_(ids)))
            connection.execute(delete(record).where(record.c.id.in_(ids)))
            words.gone(connection, [row.n for row in some])

    def _referred(self, connection: Connection) -> frozenset[str]:
        """Everything records that are no organisations name in a field: ids among much else."""
        found: set[str] = set()
        for (told,) in connection.execute(select(record.c.fields).where(record.c.kind != "organisation")):
            for value in json.loads(told).values():
                found.update(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))
        return frozenset(found)

    # -- reading records ---------------------------------------------------------------------------------------

    def get(self, record_id: str) -> Record:
        """Everything known of a record; ``NoSuch`` (a LookupError) where there is none."""
        with self.database.read() as connection:
            row = connection.execute(_RECORD, {"id": record_id}).one_or_none()
            if row is None:
                raise NoSuch(record_id)
            waiting = connection.execute(_WAITING, {"record": record_id}).scalar_one()
            undecided = [as_conflict(body, _device(connection)) for body in open_conflicts(connection, record_id)]
            papers = papers_of(connection, [record_id]).get(record_id, [])
            step = steps_of(connection, [record_id]).get(record_id)
        return as_record(row, json.loads(row.fields), waiting, undecided, papers, step)

    def values(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The fields of several records by id; missing ids are left out."""
        wanted = sorted({one for one in ids if one})
        with self.database.read() as connection:
            rows = connection.execute(_FIELDS, {"ids": wanted}).all()
        return {row.id: json.loads(row.fields) for row in rows}

    def kind_of(self, record_id: str) -> str | None:
        """The kind of a record, or None."""
        with self.database.read() as connection:
            return connection.execute(_KIND, {"id": record_id}).scalar_one_or_none()

    def rows(
        self, kinds: Sequence[str] = (), *, workflow: Sequence[str] = (), sync: str = "", typed: str = "",
        year: int | None = None, about: str = "", unit: str = "", limit: int = 200, offset: int = 0,
    ) -> Listing:  # fmt: skip
        """Records as list rows, newest first; deleted ones only where ``workflow`` names them."""
        expression = search.query(typed)
        if typed.strip():
            if not expression:
                return Listing(0, [])
            self.catch_up_words()
        given = {"unit": unit, "kinds": list(kinds), "workflow": list(workflow), "sync": sync, "about": about, "words": expression}
        asked: dict[str, Any] = {name: value for name, value in given.items() if value}
        if year is not None:
            asked |= {"first": f"{year}-01-01", "last": f"{year}-12-31Z"}
        counting, listing = _listing(*sorted(asked))
        with self.database.read() as connection:
            total = connection.execute(counting, asked).scalar_one()
            rows = connection.execute(listing, {**asked, "most": limit, "from": offset}).all()
            names = _titles(connection, [row.about for row in rows])
            papers = papers_of(connection, [row.id for row in rows])
            steps = steps_of(connection, [row.id for row in rows])
        return Listing(total, [_as_row(row, names, papers, steps) for row in rows])

    def dump(self) -> list[dict[str, Any]]:
        """Every record as the contract's ``dump`` lines, sorted by id."""
        with self.database.read() as connection:
            rows = connection.execute(select(record).order_by(record.c.id)).all()
            papers = papers_of(connection, [row.id for row in rows])
        return [
            {"id": row.id, "kind": row.kind, "fields": json.loads(row.fields), "workflow": row.workflow, "version": row.version,
             "evidence": sorted({paper.sha256 for paper in papers.get(row.id, ())})}
            for row in rows
        ]  # fmt: skip

    def timeline(self, record_id: str, device: str, me: str) -> list[Moment]:
        """What happened to a record and its papers, newest first: the platform's rows, then own unseen changes."""
        with self.database.read() as connection:
            ids = [
                record_id,
                *connection.execute(
                    select(record.c.id).where(record.c.kind == "evidence", record.c.about == record_id)
                ).scalars(),
            ]
            bodies = (
                connection.execute(select(feed.c.body).where(feed.c.record.in_(ids)).order_by(feed.c.seq))
                .scalars()
                .all()
            )
            waiting = (
                connection.execute(
                    select(change.c.body).where(change.c.record.in_(ids), UNSEEN).order_by(change.c.n)
                )
                .scalars()
                .all()
            )
        moments = [_from_feed(json.loads(body), record_id) for body in bodies]
        moments += [_from_change(json.loads(body), me, record_id) for body in waiting]
        return moments[::-1]

    def conflicts(self, record_id: str | None = None) -> list[dict[str, Any]]:
        """Bodies of the conflicts nobody has decided yet (not even here, unsent)."""
        with self.database.read() as connection:
            return open_conflicts(connection, record_id)

    def find_organisation(self, code: str, name: str, unit: str) -> str | None:
        """The unit's own organisation with this credit code, else this normalised name."""
        with self.database.read() as connection:
            asked = {"unit": unit, "code": code} if code else {"unit": unit}
            rows = connection.execute(_COMPANY if code else _ORGANISATIONS, asked).all()
        for row in rows:
            fields = json.loads(row.fields)
            if code or (not fields.get("uscc") and normalise_name(fields.get("name", "")) == normalise_name(name)):
                return str(row.id)
        return None

    def organisations(self, unit: str) -> dict[str, str]:
        """The unit's own organisations by credit code, or by normalised name where they have none: for many look-ups."""
        chosen = select(record.c.id, record.c.fields).where(record.c.kind == "organisation", record.c.unit == unit).order_by(record.c.n.desc())
        with self.database.read() as connection:
            known = [(str(row.id), json.loads(row.fields)) for row in connection.execute(chosen)]
        return {str(held.get("uscc") or normalise_name(str(held.get("name") or ""))): record_id for record_id, held in known}

    def like(
        self, kind: str, owner: str, scans: Sequence[str], numbered: bool, gone: Iterable[str]
    ) -> list[str]:
        """Records a record of ``kind`` could have something in common with: of the same company, with one of these scans,
        or (``numbered``) with a registration or patent number of whatever owner. ``gone``: workflows that are held against nobody.
        """
        alike: list[ColumnElement[bool]] = [record.c.id.in_(select(record.c.about).where(EVIDENCE, DIGEST.in_(list(scans))))] if scans else []
        with self.database.read() as connection:
            if owner:
                alike.append(record.c.about.in_(_namesakes(connection, owner)))
            if numbered:
                number, patents = (func.json_extract(record.c.fields, path) for path in ("$.reg_no", "$.ip"))
                alike.append(or_(number.is_not(None), patents.is_not(None)))
            if not alike:
                return []
            chosen = select(record.c.id).where(record.c.kind == kind, record.c.workflow.not_in(sorted(gone)), or_(*alike))
            return list(connection.execute(chosen.order_by(record.c.n)).scalars())

    def papers_with(self, sha256: str) -> list[Row]:
        """The papers of a file, deleted ones left out, newest first."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(record).where(EVIDENCE, DIGEST.in_([sha256]), IN_SIGHT)
                .order_by(record.c.updated_at.desc(), record.c.n.desc())
            ).all()  # fmt: skip
            names = _titles(connection, [row.about for row in rows])
        return [_as_row(row, names, {}, {}) for row in rows]

    def find_titled(self, kinds: Sequence[str], title: str) -> str | None:
        """The one record of these kinds with this title; None where there is none or several."""
        with self.database.read() as connection:
            found = connection.execute(
                select(record.c.id).where(record.c.kind.in_(list(kinds)), record.c.title == title[:400]).limit(2)
            ).scalars().all()  # fmt: skip
        return str(found[0]) if len(found) == 1 else None

    # -- counts, rounds, files ---------------------------------------------------------------------------------

    def pending(self) -> Pending:
        """What the platform has not confirmed: records, files and the bytes still to send."""
        with self.database.read() as connection:
            counted = connection.execute(_UNSEEN).one()
            oldest = None
            if counted[1] is not None:
                body = connection.execute(_BODY, {"n": counted[1]}).scalar_one()
                oldest = json.loads(body)["at"]
            waiting = connection.execute(_UNSENT_BYTES).one()
        return Pending(counted[0], waiting[0], int(waiting[1]), oldest)

    def add_round(self, body: Mapping[str, Any], keep_last: int = 200) -> None:
        """Keep a round's report."""
        with self.database.write() as connection:
            connection.execute(_ROUND, {"body": json.dumps(dict(body), ensure_ascii=False)})
            connection.execute(_OLD_ROUNDS, {"last": keep_last})

    def rounds(self, limit: int) -> list[dict[str, Any]]:
        """The last rounds, newest first."""
        with self.database.read() as connection:
            return [
                json.loads(row)
                for row in connection.execute(select(round_.c.body).order_by(round_.c.n.desc()).limit(limit)).scalars()
            ]

    def add_file(self, sha256: str, size: int, mime: str, pages: int, now: str) -> None:
        """Note a file that lies in the vault; again is no change."""
        with self.database.write() as connection:
            if connection.execute(_STATE, {"sha256": sha256}).scalar_one_or_none() is None:
                connection.execute(insert(file).values(sha256=sha256, bytes=size, mime=mime, pages=pages, added_at=now))

    def files(self) -> list[dict[str, Any]]:
        """All files of the vault with their state, smallest first."""
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(_FILES).mappings()]

    def unsent_files(self) -> list[dict[str, Any]]:
        """The files the platform has not confirmed and a paper still speaks of, smallest first."""
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(select(file).where(*_UNSENT).order_by(file.c.bytes)).mappings()]

    def begun(self, sha256: str) -> tuple[str, int]:
        """The platform's address of a begun upload and the bytes it confirmed."""
        with self.database.read() as connection:
            one = connection.execute(_BEGUN, {"sha256": sha256}).one()
        return str(one.place), int(one.offset)

    def file_state(self, sha256: str, device: str, now: str, **state: Any) -> None:
        """Set state, offset, place or problem of a file; the records it belongs to follow where it became whole or lacking.

        The platform is asked for the offset, and its list of what it lacks says what is whole: these are notes.
        """
        with self.database.write(lasting=False) as connection:
            whole = connection.execute(_STATE, {"sha256": sha256}).scalar_one_or_none() == "complete"
            connection.execute(update(file).where(file.c.sha256 == sha256).values(**state))
            if "state" in state and (state["state"] == "complete") != whole:
                owners = connection.execute(
                    select(record.c.about).where(EVIDENCE, DIGEST.in_([sha256]))
                ).scalars().all()  # fmt: skip
                review(connection, [one for one in owners if one], device, now, touch=False)

    def add_batch(self, batch_id: str, now: str, body: Mapping[str, Any]) -> None:
        """Remember an import, so that it can be undone."""
        with self.database.write() as connection:
            connection.execute(
                insert(batch).values(id=batch_id, at=now, body=json.dumps(dict(body), ensure_ascii=False))
            )

    def batches(self) -> list[dict[str, Any]]:
        """Imports, newest first."""
        with self.database.read() as connection:
            rows = connection.execute(select(batch).order_by(batch.c.at.desc())).all()
        return [{"id": row.id, "at": row.at, **json.loads(row.body)} for row in rows]


def keep(connection: Connection, key: str, value: Any) -> None:
    """Insert or replace a remembered value inside a transaction."""
    connection.exec_driver_sql(
        "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value, ensure_ascii=False)),
    )


def open_conflicts(connection: Connection, record_id: str | None) -> list[dict[str, Any]]:
    """Open conflicts without those an unsent decision of ours already closes."""
    found = connection.execute(_CONFLICTS) if record_id is None else connection.execute(_CONFLICTS_OF, {"record": record_id})
    bodies = [json.loads(body) for body in found.scalars()]
    if not bodies:
        return []
    about = sorted({str(body["record"]) for body in bodies})
    waiting = connection.execute(_UNSEEN_BODIES, {"ids": about}).scalars()
    decided = {one for body in waiting for one in json.loads(body).get("resolves", ())}
    return [body for body in bodies if body["id"] not in decided]


def _device(connection: Connection) -> str:
    """This laptop, as the platform knows it; empty before it is enrolled."""
    return str(json.loads(connection.execute(_REMEMBERED, {"key": "identity"}).scalar_one_or_none() or "{}").get("device", ""))


def steps_of(connection: Connection, ids: Sequence[str] | None) -> dict[str, str]:
    """The stage each record reaches with own steps the platform has not confirmed; ``ids`` None: of all."""
    # all of them: there are few, and an index holds nothing else
    wanted = None if ids is None else frozenset(ids)
    rows = sorted(connection.execute(_STEPS), key=lambda row: row.n)
    return {row.record: str(row.target) for row in rows if wanted is None or row.record in wanted}


def as_record(
    row: Any, fields: dict[str, Any], waiting: int, conflicts: list[Conflict], papers: list[Paper], step: str | None
) -> Record:
    """A stored row as the dataclass pages see; ``step``: the stage own unconfirmed steps lead to."""
    facts = json.loads(row.facts)
    return Record(
        id=row.id, kind=row.kind, unit=row.unit, fields=fields, workflow=row.workflow, stage=step or facts.get("stage"),
        sync_state=row.sync_state, pending=waiting, conflicts=conflicts,
        refusals=[Problem.from_json(body) for body in json.loads(row.refusals)], facts={**facts, "version": row.version},
        papers=papers, amendment=json.loads(row.amendment), created_at=row.created_at, updated_at=row.updated_at,
    )  # fmt: skip


def papers_of(connection: Connection, ids: Sequence[str] | None) -> dict[str, list[Paper]]:
    """The evidence of records (None: of all), by record, oldest first; removed papers are left out."""
    if ids is not None and not ids:
        return {}
    rows = (connection.execute(_PAPERS) if ids is None else connection.execute(_PAPERS_OF, {"ids": list(ids)})).all()
    if not rows:
        return {}
    wanted = json.loads(connection.execute(_REMEMBERED, {"key": "want"}).scalar_one_or_none() or "[]")
    found: dict[str, list[Paper]] = {}
    for row in rows:
        facts = json.loads(row.fields)
        if facts.get("removed"):
            continue
        state: Any = row.state or ("missing" if facts.get("sha256") in wanted else "complete")
        found.setdefault(row.about, []).append(Paper(
            id=row.id, record=row.about, kind=facts.get("kind", "other"), name=facts.get("file", ""),
            sha256=facts.get("sha256", ""), bytes=int(facts.get("bytes") or 0), mime=facts.get("mime", ""),
            pages=int(facts.get("pages") or 1), state=state,
            offset=int(facts.get("bytes") or 0) if state == "complete" else int(row.offset or 0), facts=facts,
        ))  # fmt: skip
    return found


def _namesakes(connection: Connection, owner: str) -> list[str]:
    """A company and the records that are the same one by code or name (``domain.duplicates``)."""
    code = func.json_extract(record.c.fields, "$.uscc")
    known = connection.execute(select(record.c.id, record.c.title, code.label("code")).where(record.c.kind == "organisation")).all()
    mine = next(({"name": row.title, "uscc": row.code} for row in known if row.id == owner), None)
    same = [row.id for row in known if mine is not None and same_organisation(mine, {"name": row.title, "uscc": row.code})]
    return [owner, *(one for one in same if one != owner)]


def _titles(connection: Connection, ids: Iterable[str | None]) -> dict[str, str]:
    wanted = sorted({one for one in ids if one})
    rows = connection.execute(_TITLES, {"ids": wanted}).all() if wanted else []
    return {row.id: one_line(row.title) for row in rows}


def _as_row(row: Any, names: Mapping[str, str], papers: Mapping[str, list[Paper]], steps: Mapping[str, str]) -> Row:
    facts, own = json.loads(row.facts), papers.get(row.id, [])
    return Row(
        id=row.id, kind=row.kind, title=one_line(row.title), subtitle=names.get(row.about, ""), workflow=row.workflow,
        stage=steps.get(row.id) or facts.get("stage"), sync_state=row.sync_state, number=facts.get("number"), updated_at=row.updated_at,
        papers=len(own), papers_missing=sum(paper.state != "complete" for paper in own), counted=facts.get("counted"),
        fields=json.loads(row.fields), unit=row.unit,
    )  # fmt: skip


def _from_feed(body: Mapping[str, Any], record_id: str) -> Moment:
    fields = {**(body.get("amended") or {}), **(body.get("fields") or {})}
    if body.get("problems"):  # what the platform did not take can still be read here
        fields = {**(body.get("said") or {}), **fields}
    changes = {name: (pair[0], pair[1]) for name, pair in fields.items()}
    for one in body.get("conflicts") or ():  # what was said stands here, whatever becomes of the conflict
        if one.get("change") == body["change"]:
            changes.setdefault(one["field"], (one.get("base"), one.get("mine")))
    for one in body.get("closed") or ():  # the value that was given up, where the row itself does not show it
        if one.get("lost") is not None and not isinstance(one["lost"], dict):
            changes.setdefault(one["field"], (one["lost"], one.get("kept")))
    if body.get("workflow"):
        changes["workflow"] = (body["workflow"][0], body["workflow"][1])
    if body.get("stage"):
        changes[STEP] = (body["stage"][0], body["stage"][1])
    what: Happening
    if body.get("problems"):
        what = "refused"
    elif body["record"] != record_id:
        what = "attached"
    else:
        what = body.get("what", "edited")
    note = body.get("reason", "") or "；".join(
        str(remark.get("text", "")).rstrip("。") for remark in (body.get("facts") or {}).get("remarks", ())
    )
    return Moment(
        at=body.get("at", ""),
        who=body.get("by", ""),
        what=what,
        changes=changes,
        note=note,
        change=body["change"],
        seen=True,
    )


def _from_change(body: Mapping[str, Any], me: str, record_id: str) -> Moment:
    changes = {name: (pair[0], pair[1]) for name, pair in body["fields"].items()}
    if body.get("workflow"):
        changes["workflow"] = (body["workflow"][0], body["workflow"][1])
    if body.get("stage"):
        changes[STEP] = (body["stage"][0], body["stage"][1])
    what: Happening = "resolved" if body.get("resolves") else "workflow" if body.get("workflow") else "edited"
    what = "stage" if body.get("stage") else what
    if body["record"] != record_id:
        what = "attached"
    return Moment(
        at=body["at"], who=me, what=what, changes=changes, note=body.get("reason", ""), change=body["id"], seen=False
    )
