"""What comes from the platform and what goes there: pages saved, changes handed out, the way back.

A page is saved in one transaction: rows into the feed, the platform's values into ``base``, own changes marked
seen (the only acknowledgement), conflicts and platform facts replaced, and every touched record's view
recomputed. ``rewind`` undoes the feed to a common point after the platform came back from an older backup;
changes seen only in the lost part become unseen again and travel once more. The rows beyond the point are moved
aside with the platform's own signature under them (``retold`` hands them back) and stay in sight until they were seen
again, so an emptied platform never empties a laptop. Nothing here is ever dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec.json import decode
from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from sync import messages
from sync.core import merge
from sync.core.round import Saved
from sync.messages import MAX_CHANGES, MAX_PUSH_BYTES, Change, Cursor, FeedRow, Page, canonical, compact, link
from sync.sealed import signed
from sync.store import earlier, retold, words
from sync.store.database import Database
from sync.store.local import keep
from sync.store.tables import DIGEST, EVIDENCE, UNSEEN, change, feed, file, meta, receipt, record
from sync.store.view import AT_ONCE, Entry, entries, review

#: So many records of others' deleting at once, and more than this share of all, are a question and no news.
MANY, MANY_SHARE = 20, 0.2

#: Built once: a round asks these again and again, and building a question takes longer than asking it.
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_REMEMBERED = select(meta.c.value).where(meta.c.key == bindparam("key"))
_FACTS = select(meta.c.key, meta.c.value).where(meta.c.key.startswith("facts:"))
_OWN = select(change.c.id).where(UNSEEN, change.c.id.in_(_IDS))
#: The plus keeps SQLite from walking over every change ever seen, bodies and all, for the sake of the order.
_UNSEEN = select(change.c.n).where(UNSEEN).order_by(literal_column("+change.n")).limit(bindparam("most", type_=Integer))
_BODIES = select(change.c.n, change.c.body).where(change.c.n.in_(_IDS)).order_by(change.c.n)
_ANY_UNSEEN = select(select(change.c.n).where(UNSEEN).exists())
_RECEIPT = select(receipt.c.epoch, receipt.c.signature).where(receipt.c.seq == bindparam("seq"))
_HANDED = update(change).where(change.c.state == "new", change.c.n.between(bindparam("first"), bindparam("last"))).values(state="sent")
_FILES = select(file.c.sha256, file.c.state)
_ON_PLATFORM = select(DIGEST).where(record.c.kind == "evidence", record.c.base.is_not(None))
_PAPERS = select(record.c.id).where(EVIDENCE, DIGEST.in_(_IDS))
_WROTE = select(change.c.record).where(change.c.record.in_(_IDS))
_TOLD = select(feed.c.body).where(feed.c.record == bindparam("record")).order_by(feed.c.seq)


class Feed:
    """The platform's side of the store."""

    def __init__(self, database: Database) -> None:
        """``database`` stays open as long as this does."""
        self.database = database

    def cursor(self) -> Cursor:
        """How far the feed was read."""
        with self.database.read() as connection:
            return _cursor(connection)

    def save(self, page: Page, device: str, unit: str, now: str) -> Saved:
        """Save a page in one transaction; one that tells nothing new is not written."""
        if not page.rows and not page.facts and self._knows(page):
            return Saved()
        with self.database.write() as connection:
            before = _cursor(connection)
            if page.rows and link(before.chain, page.rows[0].body) != page.rows[0].chain:
                return Saved()  # another process of this profile was faster, or went back: the next round asks again
            seen = refused = merged = 0
            touched: dict[str, None] = {}
            own = _own(connection, [row.change for row in page.rows])
            bases = _Bases(connection, page.rows, unit, now)
            for row in page.rows:
                was_own = row.change in own
                seen += was_own
                refused += was_own and bool(row.body.get("problems"))
                merged += bases.take(row.body) and not was_own
                touched[row.record] = None
            bases.write_conflicts()
            if page.rows:
                _seen(connection, page.rows)
            cursor = page.cursor(before)
            keep(connection, "cursor", cursor.to_json())
            _sign(connection, page)
            if not page.more:
                touched.update(dict.fromkeys(_files(connection, page, bases.held.values())))
            for name, facts in page.facts.items():
                keep(connection, f"facts:{name}", facts)
            if "counted" in page.facts:
                earlier.settle(connection, now)
            lost = retold.settle(connection)
            told = bases.held | _rebuilt(connection, lost.told.intersection(touched) | lost.settled, bases.held)
            review(connection, [*touched, *lost.settled], device, now, told=_with_words(connection, told))
        return Saved(len(page.rows), merged, seen, refused, lost.left)

    def _knows(self, page: Page) -> bool:
        """Whether a page without rows and tables leaves everything as it is: most rounds of a day bring nothing."""
        with self.database.read() as connection:
            before = _cursor(connection)
            if page.want_after or page.want_more or page.cursor(before) != before:
                return False
            signed = connection.execute(_RECEIPT, {"seq": page.head[0]}).first()
            if page.head[0] and (signed is None or (signed.epoch, signed.signature) != (page.epoch, page.head[2])):
                return False
            wanted = set(page.want)
            if wanted != set(decode(connection.execute(_REMEMBERED, {"key": "want"}).scalar_one_or_none() or "[]")):
                return False
            if any((row.sha256 in wanted) == (row.state == "complete") for row in connection.execute(_FILES)):
                return False
            return not retold.waits(connection)

    def deleted_by(self, page: Page, device: str) -> int:
        """How many records in sight a page would delete that this laptop has not deleted itself; 0 where they are few."""
        last = {row.record: row.body for row in page.rows if row.body.get("workflow")}
        gone = [one for one, body in last.items() if body["workflow"][1] == "deleted" and body.get("device") != device]
        if len(gone) < MANY:
            return 0
        in_sight = select(record.c.id).where(record.c.base_workflow.is_not(None), record.c.base_workflow != "deleted")
        with self.database.read() as connection:
            here = set(connection.execute(in_sight).scalars())
        hit = len(here.intersection(gone))
        return hit if hit >= MANY and hit > len(here) * MANY_SHARE else 0

    def take(self) -> list[Change]:
        """The oldest unseen changes, marked as handed out, in the order they were made."""
        with self.database.read() as connection:
            if not connection.execute(_ANY_UNSEEN).scalar_one():
                return []  # nothing to mark, so nothing to write
        with self.database.write() as connection:
            numbers = connection.execute(_UNSEEN, {"most": MAX_CHANGES}).scalars().all()
            chosen: list[Any] = []
            size = 0
            for row in connection.execute(_BODIES, {"ids": numbers}).all():
                size += len(row.body.encode()) + 1
                if chosen and size > MAX_PUSH_BYTES:
                    break
                chosen.append(row)
            if chosen:
                connection.execute(_HANDED, {"first": chosen[0].n, "last": chosen[-1].n})
        return [Change.from_json(decode(row.body)) for row in chosen]

    def waiting(self) -> int:
        """How many changes are unseen."""
        with self.database.read() as connection:
            return connection.execute(select(func.count()).where(UNSEEN)).scalar_one()

    def bodies(self) -> list[dict[str, Any]]:
        """Every unseen change as it travels, oldest first; none is marked as handed out."""
        with self.database.read() as connection:
            found = connection.execute(select(change.c.body).where(UNSEEN).order_by(change.c.n)).scalars()
            return [decode(body) for body in found]

    def hand_out(self) -> list[dict[str, Any]]:
        """Every unseen change as it travels in a parcel, oldest first; from now on each may have arrived."""
        with self.database.write() as connection:
            found = connection.execute(select(change.c.body).where(UNSEEN).order_by(change.c.n)).scalars().all()
            connection.execute(update(change).where(change.c.state == "new").values(state="sent"))
        return [decode(body) for body in found]

    def take_in(self, changes: Sequence[Change], device: str, unit: str, now: str) -> int:
        """Changes of another laptop of the unit, from a rescue parcel; what is known here already is left alone."""
        with self.database.write() as connection:
            ids = [one.id for one in changes]
            known = set(connection.execute(select(change.c.id).where(change.c.id.in_(ids))).scalars())
            known |= set(connection.execute(select(feed.c.change).where(feed.c.change.in_(ids))).scalars())
            fresh = [one for one in changes if one.id not in known]
            for one in fresh:
                if connection.execute(select(record.c.n).where(record.c.id == one.record)).one_or_none() is None:
                    connection.execute(insert(record).values(id=one.record, kind=one.kind, unit=unit, created_at=one.at, updated_at=now))
                body = canonical(one.to_json()).decode()
                connection.execute(insert(change).values(id=one.id, record=one.record, body=body, state="sent"))
            review(connection, [one.record for one in fresh], device, now)
        return len(fresh)

    def chains(self, seqs: Sequence[int]) -> dict[int, str]:
        """Our chain at these places."""
        with self.database.read() as connection:
            rows = connection.execute(select(feed.c.seq, feed.c.chain).where(feed.c.seq.in_(list(seqs)))).all()
        return {row.seq: row.chain for row in rows}

    def rewind(self, common: int, epoch: str, device: str, now: str) -> Cursor:
        """Go back to ``common``: own later changes are unseen again, all later rows wait to be handed back."""
        with self.database.write() as connection:
            later = connection.execute(select(feed.c.record).where(feed.c.seq > common).distinct()).scalars().all()
            connection.execute(update(change).where(change.c.seq > common).values(state="sent", seq=None))
            chain = connection.execute(select(feed.c.chain).where(feed.c.seq == common)).scalar_one_or_none()
            cursor = Cursor(epoch, common, chain) if chain is not None else Cursor(epoch)
            retold.set_aside(connection, cursor.seq, cursor.chain)
            earlier.remember(connection, now)
            connection.execute(delete(feed).where(feed.c.seq > cursor.seq))
            connection.execute(delete(receipt).where(receipt.c.seq > cursor.seq))
            keep(connection, "cursor", cursor.to_json())
            connection.execute(update(file).values(state="local", offset=0, place="").where(file.c.state == "complete"))
            review(connection, later, device, now, told=_with_words(connection, _rebuilt(connection, later, {})))
        return cursor

    def lost(self) -> list[retold.Stretch]:
        """What a restored platform has lost and not shown again, in the order it was read."""
        with self.database.read() as connection:
            return retold.stretches(connection)

    def tell_apart(self, public: str, unit: str, device: str, now: str) -> None:
        """Which of what was lost the platform with the key ``public`` has signed, and which another one."""
        with self.database.read() as connection:
            before, heads = set(retold.elsewhere(connection)), retold.heads(connection)
        apart = {n for n, head in heads.items() if public and not signed(public, head[3], messages.head_text(unit, *head[:3]))}
        if apart != before:
            with self.database.write() as connection:
                keep(connection, "elsewhere", sorted(apart))
                turned = retold.records_of(connection, apart ^ before)
                review(connection, turned, device, now, told=_rebuilt(connection, turned, {}))

    def handed_back(self, stretch: int, head: Sequence[Any]) -> None:
        """The platform took a stretch back; ``head`` is where its feed then ended."""
        with self.database.write() as connection:
            retold.note(connection, stretch, head)

    def facts(self, name: str) -> Any:
        """A small table the platform sent (targets, parameters, counted, unit, lists), or None."""
        with self.database.read() as connection:
            found = connection.execute(_REMEMBERED, {"key": f"facts:{name}"}).scalar_one_or_none()
        return None if found is None else decode(found)

    def before_restore(self, year: int) -> dict[str, Any] | None:
        """What the platform counted of a year before it was restored, where it says less now."""
        with self.database.read() as connection:
            return earlier.lower(connection, year)

    def fact_texts(self) -> dict[str, str]:
        """The stored text of each small table, for telling the platform which are up to date."""
        with self.database.read() as connection:
            rows = connection.execute(_FACTS).all()
        return {row.key[6:]: row.value for row in rows}


def _cursor(connection: Connection) -> Cursor:
    found = connection.execute(_REMEMBERED, {"key": "cursor"}).scalar_one_or_none()
    return Cursor() if found is None else Cursor.from_json(decode(found))


def _own(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these changes were made here and not seen yet."""
    found: set[str] = set()
    for at in range(0, len(ids), AT_ONCE):
        found.update(connection.execute(_OWN, {"ids": ids[at : at + AT_ONCE]}).scalars())
    return found


def _sign(connection: Connection, page: Page) -> None:
    """Keep the signature under the place this page led to."""
    seq, _chain, signature = page.head
    if seq:
        connection.exec_driver_sql("INSERT OR REPLACE INTO receipt(seq, epoch, signature) VALUES (?, ?, ?)", (seq, page.epoch, signature))


def _seen(connection: Connection, rows: Sequence[FeedRow]) -> None:
    connection.exec_driver_sql(
        "UPDATE change SET state = 'seen', seq = ? WHERE id = ? AND record = ?", [(row.seq, row.change, row.record) for row in rows]
    )
    connection.exec_driver_sql(
        "INSERT INTO feed(seq, change, record, body, chain) VALUES (?, ?, ?, ?, ?)",
        [(row.seq, row.change, row.record, (row.text or canonical(row.body)).decode(), row.chain) for row in rows],
    )


class _Bases:
    """The records a page speaks of: read once, worked on in memory, written once."""

    def __init__(self, connection: Connection, rows: Sequence[FeedRow], unit: str, now: str) -> None:
        self._connection, self._unit, self._now = connection, unit, now
        self.held = entries(connection, sorted({row.record for row in rows}))
        self._conflicts: dict[str, list[dict[str, Any]]] = {}  # of the records whose conflicts are spoken of

    def take(self, body: Mapping[str, Any]) -> bool:
        """Work one row in; whether it changed a value."""
        one = str(body["record"])
        held = self.held.get(one)
        if held is None:
            if not body.get("version"):
                return False  # refused as a whole and made elsewhere: there is no such record to show
            made_at = body.get("made_at") or body.get("at", self._now)
            held = self.held[one] = Entry(one, body["kind"], body.get("unit", self._unit), made_at)
        held.unit = body.get("unit", held.unit)
        refused = bool(body.get("problems"))
        held.refusals = list(body["problems"]) if refused else []
        if not (refused and held.base is None and not body.get("version")):
            held.base = _after(held.base or {}, body.get("fields") or {})
            held.version = body.get("version") or held.version  # a refusal that tells nothing of the record has none
        if body.get("workflow"):
            held.base_workflow = body["workflow"][1]
        if body.get("facts") is not None:
            held.facts = {**held.facts, **body["facts"]}
        if body.get("amendment") is not None:
            held.amendment = body["amendment"]
        if body.get("conflicts") is not None:
            self._conflicts[one] = body["conflicts"]
        return bool(body.get("fields") or body.get("workflow"))

    def write_conflicts(self) -> None:
        """The open conflicts as they are told; the records themselves are written with their view."""
        self._many("DELETE FROM conflict WHERE record = ?", [(one,) for one in self._conflicts])
        self._many(
            "INSERT INTO conflict(id, record, field, body) VALUES (?, ?, ?, ?)",
            [(body["id"], one, body["field"], compact({**body, "record": one})) for one, bodies in self._conflicts.items() for body in bodies],
        )

    def _many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self._connection.exec_driver_sql(statement, rows)


def _after(base: dict[str, Any], fields: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    for name, (_before, value) in fields.items():
        if merge.plain(value) is None:
            base.pop(name, None)
        else:
            base[name] = value
    return base


def _files(connection: Connection, page: Page, told: Iterable[Entry]) -> list[str]:
    """Bring file states in line with what the platform lacks; returns the records whose view may change.

    A cut list speaks only of digests up to its last one: of the others nothing is believed.
    """
    old = set(decode(connection.execute(_REMEMBERED, {"key": "want"}).scalar_one_or_none() or "[]"))
    wanted, last = set(page.want), max(page.want, default="") if page.want_more else "~"

    def spoken(digest: str) -> bool:
        return page.want_after < digest <= last

    lacking = wanted | {digest for digest in old if not spoken(digest)}
    rows = connection.execute(_FILES).all()
    on_platform = set(connection.execute(_ON_PLATFORM).scalars()) if rows else set()
    on_platform.update(one.base.get("sha256") for one in told if one.kind == "evidence" and one.base is not None)
    moved = lacking ^ old
    for row in rows:
        if row.sha256 in wanted and row.state == "complete":
            connection.execute(
                update(file).where(file.c.sha256 == row.sha256).values(state="local", offset=0, place="")
            )
            moved.add(row.sha256)
        elif spoken(row.sha256) and row.sha256 not in wanted and row.state != "complete" and row.sha256 in on_platform:
            connection.execute(
                update(file).where(file.c.sha256 == row.sha256).values(state="complete", offset=0, problem="")
            )
            moved.add(row.sha256)
    if lacking != old:
        keep(connection, "want", sorted(lacking))
    if not moved:
        return []
    return list(connection.execute(_PAPERS, {"ids": sorted(moved)}).scalars())


def _rebuilt(connection: Connection, ids: Iterable[str], told: Mapping[str, Entry]) -> dict[str, Entry]:
    """Records again from their beginning: as the feed tells them, then as the platform lost and has not retold them.

    ``told``: what is being worked on and not written yet.
    """
    wanted = list(ids)
    known = entries(connection, [one for one in wanted if one not in told]) | {one: told[one] for one in wanted if one in told}
    for one in wanted:
        texts = connection.execute(_TOLD, {"record": one}).scalars().all()
        connection.exec_driver_sql("DELETE FROM conflict WHERE record = ?", (one,))
        bases = _Bases(connection, (), "", "")
        if one in known:
            bases.held[one] = replace(known[one], base=None, base_workflow=None, facts={}, amendment={}, refusals=[], version=0)
        for body in [*map(decode, texts), *retold.of_record(connection, one)]:
            bases.take(body)
        bases.write_conflicts()
        known |= bases.held
    return known


def _with_words(connection: Connection, told: Mapping[str, Entry]) -> dict[str, Entry]:
    """Without the records the platform has nothing of any more and nobody wrote here: another laptop has their words."""
    bare = [one for one, entry in told.items() if entry.base is None]
    wrote = set(connection.execute(_WROTE, {"ids": bare}).scalars()) if bare else set()
    numbers = [n for one in bare if one not in wrote and (n := told[one].n) is not None]
    if numbers:
        connection.exec_driver_sql("DELETE FROM record WHERE n = ?", [(n,) for n in numbers])
        words.gone(connection, numbers)
    return {one: entry for one, entry in told.items() if entry.base is not None or one in wrote}
