"""The ledger: changes in, decided one by one in one transaction; the unit's feed out, page by page.

A change id that is known gets its first answer again, or is refused if its content differs. What a refused change
said is kept in quarantine. The unit is the caller's, never the body's: a record of another
unit is refused in the same words as one that never existed would be for a reader (``NOT_YOURS`` tells nothing of it).
Pages are cut by rows and bytes and carry what the unit's laptops still have to upload.
This module must not know HTTP, proofs or tokens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain as together
from operator import is_
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, bindparam, select, update

from sync.core import merge
from sync.domain.problems import Problem
from sync.domain.steps import frozen_edit
from sync.messages import GENESIS, MAX_PAGE_ROWS, BadMessage, Change, Cursor, canonical
from sync.server import counting, judge, sharing, submission
from sync.server.database import Database, add, dumps, now, put, retried
from sync.server.decide import MOVE, Context, decide
from sync.server.held import Actor, Held, fit_id, picture
from sync.server.schema import change, device, feed, head, liaison, paper, quarantine
from sync.server.seal import Seal
from sync.server.work import Work, fresh

MAX_PAGE_BYTES = 4_000_000
MAX_RECORD_BYTES = 500_000  # the fields of one record, canonical
MAX_WANT = 2_000


class Diverged(Exception):
    """The cursor names a history this platform does not have."""

    def __init__(self, epoch: str, seq: int, chain: str, signature: str) -> None:
        super().__init__(f"{epoch} {seq}")
        self.epoch, self.seq, self.chain, self.signature = epoch, seq, chain, signature


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page ready to be sent: ``rows`` are canonical JSON texts in order, ``head`` the signed place they lead to."""

    epoch: str
    rows: Sequence[str]
    more: bool
    head: tuple[int, str, str]
    want: Sequence[str]
    want_more: bool = False

    def encoded(self, tables: Mapping[str, Any], time: str) -> bytes:
        """The page as JSON with the small ``tables``; its rows are canonical texts already and are not parsed again."""
        rest = {
            "epoch": self.epoch, "more": self.more, "head": list(self.head), "want": list(self.want), "want_more": self.want_more,
            "facts": tables, "time": time,
        }  # fmt: skip
        return b'{"rows":[' + ",".join(self.rows).encode() + b"]," + canonical(rest)[1:]


class Ledger:
    """Records and feeds. ``clock`` gives the platform's time as RFC 3339 UTC text."""

    def __init__(self, database: Database, seal: Seal, clock: Callable[[], str] = now) -> None:
        self.database = database
        self.seal = seal
        self.clock = clock

    # -------------------------------------------------------------------------------------------------- push

    def push(self, actor: Actor, bodies: Sequence[Any]) -> list[list[Any]]:
        """Decide changes in order. Returns ``[id, seq]`` or ``[id, seq, problems]`` each; seq 0: it got no row."""
        def once() -> list[list[Any]]:
            with self.database.write(actor.unit) as connection:
                return self.decide(connection, actor, bodies)

        return retried(once)

    def decide(self, connection: Connection, actor: Actor, bodies: Sequence[Any], since: str = "") -> list[list[Any]]:
        """``push`` inside a transaction. ``since``: it is a row of our own history, first written then; its author is kept."""
        work = Work(connection, self.clock())
        context = Context(
            work.at, fresh, self._touched(work), lambda each: submission.stops(work, each),
            lambda each: frozenset(str(paper.fields.get("kind")) for paper in work.papers(each)), self._requested(work),
        )  # fmt: skip
        read = [_read(body) for body in bodies]
        work.load({each.change.record for each in read if each.change is not None})
        makers = {} if since else _makers(connection, actor, {each.change.device for each in read if each.change is not None})
        known = _known(connection, [each.id for each in read if each.change is not None])
        if since:  # what another unit put under this id while it was forgotten is not our first answer
            known = {name: row for name, row in known.items() if row["unit"] == actor.unit}
        answers: list[list[Any]] = []
        written: dict[str, dict[str, Any]] = {}
        touched: dict[str, Held] = {}
        for each in read:
            one, digest = each.change, each.hash
            if one is None:
                answers.append([each.id, 0, [_problem("BAD_CHANGE").to_json()]])
            elif one.id in known:
                answers.append(_again(known[one.id], one.id, digest))
            elif one.id in written:
                answers.append(_again(written[one.id], one.id, digest))
            else:
                writer = actor if since else Actor(makers.get(one.device, actor.name), one.device, actor.unit)
                problems = self._one(work, context, actor, writer, each, touched, since)
                said = [problem.to_json() for problem in problems]
                written[one.id] = {
                    "id": one.id, "hash": "" if since else digest, "unit": actor.unit, "record": one.record, "seq": 0,
                    "problems": dumps(said) if said else "[]",
                }  # fmt: skip
                answers.append([one.id, 0, said])
        submission.settle(work, touched.values())
        if any(counting.concerns(held, work) for held in touched.values()) and counting.settle(work):
            self.database.mark(connection)
        seqs = work.finish()
        for row in written.values():
            row["seq"] = seqs.get(row["id"], 0)
        if written:
            put(connection, change, ("id",), written.values()) if since else add(connection, change, written.values())
        return [_answer(answer, seqs) for answer in answers]

    def _one(
        self, work: Work, context: Context, actor: Actor, writer: Actor, each: _Read, touched: dict[str, Held], since: str
    ) -> list[Problem]:
        """Decide one new change and write its row; ``writer`` made it, ``actor`` brought it."""
        one = each.change
        assert one is not None  # noqa: S101  the caller looked
        held = work.get(one.record)
        barred = _barred(held, actor, one)
        if barred:
            return self._refuse(work, writer, one, [_problem(barred)])
        existed = held is not None
        if held is None:
            held = work.start(one.record, actor.unit, one.kind, since)
        if _grows_too_large(held, one, each.size):
            if not existed:
                work.records[one.record] = None
            return self._refuse(work, writer, one, [_problem("RECORD_TOO_LARGE")], held if existed else None)
        closed = _closed_month(work, held, one) if existed and not since else None
        if closed is not None:
            return self._refuse(work, writer, one, [closed], held)
        before = picture(held)
        verdict = decide(held, one, writer, context)
        if held.unit != actor.unit and verdict.problems:
            return self._refuse(work, writer, one, verdict.problems, held)
        if not existed and held.workflow is None and verdict.problems and not held.fields:
            work.records[one.record] = None
        row = work.row(
            held, before, writer, verdict.what, change=one.id, problems=verdict.problems, reason=one.reason, made_at=one.at
        )
        said = _said(one, row)
        if said:
            row["said"] = said
        if writer.name != actor.name:
            row["via"] = actor.name
        if verdict.problems:
            self._keep(work, actor.unit, one, verdict.problems[0].code)
        if held.version:
            touched[held.id] = held
        return verdict.problems

    def _refuse(
        self, work: Work, actor: Actor, one: Change, problems: list[Problem], held: Held | None = None
    ) -> list[Problem]:
        """Tell the asker's unit that a change was not taken; the record stays as it is."""
        row = {
            "change": one.id, "record": one.record, "kind": one.kind, "at": work.at, "by": actor.name, "device": actor.device,
            "what": "refused", "fields": {}, "version": held.version if held is not None else 0,
            "problems": [problem.to_json() for problem in problems], "made_at": one.at,
        }  # fmt: skip
        said = _said(one, row)
        if said and problems[0].code != "RECORD_TOO_LARGE":
            row["said"] = said
        work.say(actor.unit, row)
        self._keep(work, actor.unit, one, problems[0].code)
        return problems

    def _touched(self, work: Work) -> Callable[[Held, int, str], bool]:
        """Whether another device changed a record after a version (rows of this transaction are the asker's own)."""

        def asked(held: Held, version: int, device: str) -> bool:
            later = select(feed.c.seq).where(feed.c.record == held.id, feed.c.version > version, feed.c.device != device)
            return work.connection.execute(later.limit(1)).first() is not None

        return asked

    def _requested(self, work: Work) -> Callable[[Held, str, Any, Change], bool]:
        """Whether a field holds what the change's laptop had asked for of an accepted record, from ``base``, and has seen asked."""

        def asked(held: Held, name: str, base: Any, one: Change) -> bool:
            own = select(feed.c.body).where(
                feed.c.record == held.id, feed.c.device == one.device, feed.c.version <= one.seen_version, feed.c.unit == held.unit
            )
            for text in work.connection.execute(own.order_by(feed.c.version.desc())).scalars():
                pair = json.loads(text).get("amended", {}).get(name)
                if pair is not None:
                    return merge.equal(pair[0], base) and merge.equal(pair[1], held.view.get(name))
            return False

        return asked

    @staticmethod
    def _keep(work: Work, unit: str, one: Change, code: str) -> None:
        """Lay what was refused aside: what somebody typed is never only an answer that may get lost."""
        row = {"id": one.id, "unit": unit, "record": one.record, "code": code, "body": canonical(one.to_json()).decode(), "at": work.at}
        put(work.connection, quarantine, ("id",), [row])

    # -------------------------------------------------------------------------------------------------- pull

    def pull(self, unit: str, cursor: Cursor, limit: int = MAX_PAGE_ROWS, want_after: str = "") -> RawPage:
        """The rows after ``cursor``. Raises Diverged where the cursor is not a place in this history.

        The place the page leads to is signed, also where the feed goes on: whoever has read a page can prove it.
        """
        with self.database.read() as connection:
            if not counting.is_owed(self.database, connection, unit, self.clock):
                return self._page(connection, unit, cursor, limit, want_after)
        self.recount()
        with self.database.read() as connection:
            return self._page(connection, unit, cursor, limit, want_after)

    def _page(self, connection: Connection, unit: str, cursor: Cursor, limit: int, want_after: str) -> RawPage:
        epoch = self.database.epoch(connection)
        seq, chain = self._head(connection, unit)
        if not self._is_ours(connection, unit, epoch, seq, cursor):
            raise Diverged(epoch, seq, chain, self.seal.sign_head(unit, epoch, seq, chain))
        rows: list[str] = []
        if cursor.seq < seq:
            asked = {"unit": unit, "after": cursor.seq, "last": seq, "most": min(limit, MAX_PAGE_ROWS)}
            rows = _cut(connection.execute(_AFTER, asked).scalars())
        end = cursor.seq + len(rows)
        if end < seq:
            chain = str(connection.execute(_PLACE, {"unit": unit, "seq": end}).scalar_one())
            return RawPage(epoch, rows, True, (end, chain, self.seal.sign_head(unit, epoch, end, chain)), ())
        want = list(connection.execute(_WANT, {"unit": unit, "after": want_after, "most": MAX_WANT + 1}).scalars())
        signed = (end, chain, self.seal.sign_head(unit, epoch, end, chain))
        return RawPage(epoch, rows, False, signed, want[:MAX_WANT], len(want) > MAX_WANT)

    def recount(self) -> None:
        """Count everything anew after a refill, if that is still owed."""
        def once() -> None:
            with self.database.read() as connection:
                codes = list(connection.execute(select(head.c.unit)).scalars())
            with self.database.write(*codes) as connection:
                if self.database.value(connection, counting.OWED):
                    work = Work(connection, self.clock())
                    counting.settle(work)
                    self.database.set(connection, counting.OWED, "")
                    self.database.mark(connection)
                    work.finish()

        retried(once)

    def head(self, unit: str) -> tuple[str, int, str, str]:
        """(epoch, seq, chain, signature) of a unit's feed."""
        with self.database.read() as connection:
            epoch = self.database.epoch(connection)
            seq, chain = self._head(connection, unit)
        return epoch, seq, chain, self.seal.sign_head(unit, epoch, seq, chain)

    def chains(self, unit: str, seqs: Sequence[int]) -> dict[int, str]:
        """The chain at these places of a unit's feed; places past the head are left out, 0 is the beginning."""
        with self.database.read() as connection:
            places = select(feed.c.seq, feed.c.chain).where(feed.c.unit == unit, feed.c.seq.in_(sorted(set(seqs))))
            found = {int(row.seq): str(row.chain) for row in connection.execute(places)}
        return {**({0: GENESIS} if 0 in seqs else {}), **found}

    def missing(self, unit: str, ids: Sequence[str]) -> list[str]:
        """Which change ids this platform has never decided for this unit."""
        with self.database.read() as connection:
            known = _known(connection, ids)
        return [one for one in ids if one not in known or known[one]["unit"] != unit]

    def record(self, unit: str, record_id: str) -> dict[str, Any] | None:
        """One record as the unit may see it, or None (also where it is another unit's)."""
        with self.database.read() as connection:
            held = Work(connection, "").get(record_id)
            if held is None or held.unit != unit:
                return None
            listed = select(paper.c.sha256).where(paper.c.subject == record_id, paper.c.removed == 0, paper.c.unit == unit)
            digests = sorted(set(connection.execute(listed).scalars()))
        return {
            "id": held.id, "kind": held.kind, "unit": held.unit, "fields": held.fields, "workflow": held.workflow,
            "version": held.version, "facts": held.facts, "amendment": held.amendment, "conflicts": held.conflicts,
            "evidence": digests, "created_at": held.created_at, "updated_at": held.updated_at,
        }  # fmt: skip

    # --------------------------------------------------------------------------------------------- evidence

    def delivered(self, connection: Connection, unit: str, sha256: str) -> None:
        """A unit has delivered a file in full: its papers are complete, and what waited for it is received."""
        waits = select(paper.c.subject).where(paper.c.unit == unit, paper.c.sha256 == sha256, paper.c.removed == 0)
        subjects = sorted(set(connection.execute(waits).scalars()) - {""})
        connection.execute(update(paper).where(paper.c.unit == unit, paper.c.sha256 == sha256).values(complete=1))
        work = Work(connection, self.clock())
        work.load(subjects)
        submission.settle(work, [held for one in subjects if (held := work.get(one)) is not None and held.unit == unit])
        work.finish()

    # -------------------------------------------------------------------------------------------- internals

    @staticmethod
    def _head(connection: Connection, unit: str) -> tuple[int, str]:
        row = connection.execute(_HEAD, {"unit": unit}).first()
        return (int(row.seq), str(row.chain)) if row is not None else (0, GENESIS)

    @staticmethod
    def _is_ours(connection: Connection, unit: str, epoch: str, seq: int, cursor: Cursor) -> bool:
        if cursor.epoch != epoch and not (cursor.epoch == "" and cursor.seq == 0):
            return False
        if cursor.seq > seq:
            return False
        if cursor.seq == 0:
            return cursor.chain == GENESIS
        return connection.execute(_PLACE, {"unit": unit, "seq": cursor.seq}).scalar() == cursor.chain


@dataclass(frozen=True, slots=True)
class _Read:
    """A change as it came: None where it is none, then ``id`` is what it claimed to be."""

    change: Change | None
    id: str
    hash: str = ""  # of the content
    size: int = 0  # bytes of the content


def _read(body: Any) -> _Read:
    try:
        one = Change.from_json(body)
        text = dumps(body).encode()  # the same bytes as the canonical form, nine times as fast
    except (BadMessage, UnicodeEncodeError, RecursionError):
        claimed = body.get("id") if isinstance(body, dict) else None
        return _Read(None, claimed if isinstance(claimed, str) and fit_id(claimed) else "")
    if not (fit_id(one.id) and fit_id(one.record) and "" not in one.fields and max(map(len, one.fields), default=0) <= 80):
        return _Read(None, one.id if fit_id(one.id) else "")
    if MOVE in one.fields and one.workflow is None and isinstance(one.fields[MOVE][1], str):
        fields = dict(one.fields)  # a decision about the pseudo-field is a move
        base, new = fields.pop(MOVE)
        one = replace(one, fields=fields, workflow=(base, new))
    return _Read(one, one.id, hashlib.sha256(text).hexdigest(), len(text))


def _barred(held: Held | None, actor: Actor, one: Change) -> str:
    """Why a change may not be made on this record at all: the problem's code, or nothing."""
    step = sharing.only_a_step(one)
    if held is None:  # nobody begins a record with a step: it is one that a restored platform has forgotten
        return "NOT_HERE_NOW" if step else ""
    return "" if held.unit == actor.unit or (step and sharing.serves(held, actor.unit)) else "NOT_YOURS"


def _grows_too_large(held: Held, one: Change, size: int) -> bool:
    """Whether the record would become larger than agreed; measured only where a rough sum says it might."""
    held.size += size
    if held.size <= MAX_RECORD_BYTES:
        return False
    held.size = len(canonical({**held.view, **{name: new for name, (_base, new) in one.fields.items()}}))
    return held.size > MAX_RECORD_BYTES


def _closed_month(work: Work, held: Held, one: Change) -> Problem | None:
    """MONTH_FROZEN where a change of a ledger row meets a month that is closed by the platform's day."""
    if held.kind != "ledger_row":
        return None
    values = {name: new for name, (_base, new) in one.fields.items()}
    return frozen_edit(held.view, held.workflow, values, judge.today(work), judge.parameters(work.connection))


def _said(one: Change, row: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What a change said where its row does not show just that: a history handed back must be able to say it again."""
    if one.workflow is None and _is_all(one.fields, row["fields"]):
        return {}
    shown = row.get("amended", {}) | row["fields"]
    for clash in row.get("conflicts", ()):
        if clash["change"] == one.id:
            shown[clash["field"]] = [clash["base"], clash["mine"]]
    said: dict[str, list[Any]] = {}
    for name, (base, new) in one.fields.items():
        before, after = shown.get(name) or (_NOTHING, _NOTHING)
        if (base is not before and not merge.equal(base, before)) or (new is not after and not merge.equal(new, after)):
            said[name] = [base, new]
    if one.workflow is not None:
        said.pop(MOVE, None)
        before, after = shown.get(MOVE) or row.get("workflow", (None, None))
        if not (merge.equal(one.workflow[0], before) and merge.equal(one.workflow[1], after)):
            said[MOVE] = list(one.workflow)
    return said


def _is_all(fields: Mapping[str, Sequence[Any]], shown: Mapping[str, Sequence[Any]]) -> bool:
    """Whether a row shows a change and nothing else: most say what nobody else has touched, and need no closer look."""
    if [*fields] != [*shown]:
        return False
    return all(map(is_, together.from_iterable(fields.values()), together.from_iterable(shown.values())))


_NOTHING = object()  # equal to no value of a field


def _makers(connection: Connection, actor: Actor, devices: set[str]) -> dict[str, str]:
    """Whose the unit's other laptops are: a change carried over in a parcel is its maker's, not the carrier's."""
    others = sorted(devices - {actor.device})
    if not others:
        return {}
    chosen = select(device.c.id, liaison.c.name).join(liaison, liaison.c.id == device.c.liaison)
    rows = connection.execute(chosen.where(device.c.unit == actor.unit, device.c.id.in_(others[:500])))
    return {str(row.id): str(row.name) for row in rows}


_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_CHANGES = select(change).where(change.c.id.in_(_IDS))
_OF_UNIT: BindParameter[str] = bindparam("unit")
_HEAD = select(head.c.seq, head.c.chain).where(head.c.unit == _OF_UNIT)
_PLACE = select(feed.c.chain).where(feed.c.unit == _OF_UNIT, feed.c.seq == bindparam("seq"))
_AFTER = (
    select(feed.c.body)
    .where(feed.c.unit == _OF_UNIT, feed.c.seq > bindparam("after"), feed.c.seq <= bindparam("last"))
    .order_by(feed.c.seq)
    .limit(bindparam("most", type_=Integer))
)
_WANT = (
    select(paper.c.sha256)
    .where(paper.c.unit == _OF_UNIT, paper.c.complete == 0, paper.c.removed == 0, paper.c.sha256 > bindparam("after"))
    .distinct()
    .order_by(paper.c.sha256)
    .limit(bindparam("most", type_=Integer))
)


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), 500):
        rows = connection.execute(_CHANGES, {"ids": ids[start : start + 500]})
        found.update({row.id: dict(row._mapping) for row in rows})
    return found


def _again(row: Mapping[str, Any], change_id: str, digest: str) -> list[Any]:
    """The first answer again; another content under the same id is refused (an id recovered from a feed has no hash)."""
    if row["hash"] and row["hash"] != digest:
        return [change_id, 0, [_problem("CHANGE_REUSED").to_json()]]
    return [change_id, row["seq"], json.loads(row["problems"])]


def _answer(answer: list[Any], seqs: Mapping[str, int]) -> list[Any]:
    change_id, seq, problems = answer
    reused = any(problem["code"] == "CHANGE_REUSED" for problem in problems)
    place = seq or (0 if reused else seqs.get(change_id, 0))
    return [change_id, place, problems] if problems else [change_id, place]


def _cut(texts: Any) -> list[str]:
    """As many rows as fit the page's bytes, at least one."""
    rows: list[str] = []
    size = 0
    for body in texts:
        size += len(body)
        if rows and size > MAX_PAGE_BYTES:
            break
        rows.append(body)
    return rows


def _problem(code: str) -> Problem:
    return Problem(None, code, "block", {})
