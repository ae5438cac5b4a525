"""What a platform restored from an older backup has lost: kept here, in sight, and told to it again.

``rewind`` sets the rows beyond the common point aside in stretches that end at a receipt, so each can be proved by
itself: its rows link from ``chain`` to a head the platform once signed. A stretch goes once this laptop has seen all
of it again (what was taken then and is refused now has to be proved first), or has read past the place where the platform
stood after taking it back. Until then nothing is dropped: the platform may be restored once more in between. What
*another* platform signed (the laptop was enrolled elsewhere since) is never handed back; what people wrote there stays
in sight, what that platform decided only where this one has said nothing of the record. Must not know HTTP or kinds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update

from sync.messages import link
from sync.store.tables import feed, lost, meta, receipt, stretch


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows the platform lost, in order. ``chain`` before the first; ``head``: [epoch, seq, chain, signature] at the last."""

    n: int
    chain: str
    head: Sequence[Any]
    rows: Sequence[dict[str, Any]]


@dataclass(slots=True)
class Lost:
    """What is still missing after a page: ``told`` records it bears on, ``settled`` those it no longer does."""

    left: bool = False
    told: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)


_STRETCHES = select(stretch).order_by(stretch.c.n)
_BODIES = select(lost.c.body).where(lost.c.stretch == bindparam("stretch")).order_by(lost.c.n)
_RECORDS = select(lost.c.record).where(lost.c.stretch == bindparam("stretch"))
_AGAIN = select(feed.c.change).where(feed.c.record == bindparam("record"))
_ELSEWHERE = select(meta.c.value).where(meta.c.key == "elsewhere")
_FOREIGN = select(func.json_each(_ELSEWHERE.scalar_subquery()).table_valued("value").c.value)
#: A lost row still stands: this platform said it, or a person did, or of its record nothing has been said here.
STANDS = or_(
    lost.c.stretch.not_in(_FOREIGN),
    func.json_extract(lost.c.body, "$.device") != "",
    lost.c.record.not_in(select(feed.c.record)),
)
_OF_RECORD = (
    select(lost.c.change, lost.c.body)
    .where(lost.c.record == bindparam("record"), STANDS, lost.c.change.not_in(_AGAIN))
    .order_by(lost.c.n)
)
_CHAIN = select(feed.c.chain).where(feed.c.seq == bindparam("seq"))
_REFUSED = (
    select(feed.c.seq)
    .where(feed.c.record == lost.c.record, feed.c.change == lost.c.change, func.json_extract(feed.c.body, "$.version") == 0)
    .exists()
)
_NOT_PROVED = and_(lost.c.stretch.not_in(_FOREIGN), func.json_extract(lost.c.body, "$.version") > 0, _REFUSED)
_UNSEEN = select(lost.c.n).where(
    lost.c.stretch == bindparam("stretch"),
    or_(lost.c.change.not_in(select(feed.c.change)), _NOT_PROVED),
).limit(1)  # fmt: skip


def set_aside(connection: Connection, common: int, chain: str) -> None:
    """Copy the feed's rows after ``common`` (where the chain is ``chain``) into stretches."""
    rows = connection.execute(select(feed).where(feed.c.seq > common).order_by(feed.c.seq)).all()
    ends = {row.seq: row for row in connection.execute(select(receipt).where(receipt.c.seq > common))}
    waiting: list[Any] = []
    for row in rows:
        waiting.append(row)
        signed = ends.get(row.seq)
        if signed is not None:
            head = json.dumps([signed.epoch, row.seq, row.chain, signed.signature])
            made = connection.execute(insert(stretch).values(chain=chain, head=head)).inserted_primary_key
            connection.execute(insert(lost), [
                {"stretch": made[0] if made else 0, "change": one.change, "record": one.record, "body": one.body} for one in waiting
            ])  # fmt: skip
            waiting, chain = [], row.chain


def waits(connection: Connection) -> bool:
    """Whether there is anything a platform lost and has not shown again."""
    return connection.execute(_STRETCHES).first() is not None


def stretches(connection: Connection) -> list[Stretch]:
    """All stretches this platform may take back, each after what it follows on.

    Not as they were lost: after two restores the beginning of a history may have been set aside after its end.
    """
    found, foreign = [], elsewhere(connection)
    for one in connection.execute(select(stretch).where(stretch.c.n.not_in(foreign)).order_by(stretch.c.n)).all():
        bodies = connection.execute(_BODIES, {"stretch": one.n}).scalars()
        found.append(Stretch(one.n, one.chain, json.loads(one.head), [json.loads(body) for body in bodies]))
    return _in_order(found)


def _in_order(found: Sequence[Stretch]) -> list[Stretch]:
    within: dict[str, Stretch] = {}  # chain after a row -> the stretch with that row
    for one in found:
        chain = one.chain
        for row in one.rows:
            chain = link(chain, row)
            within.setdefault(chain, one)
    ordered: dict[int, Stretch] = {}
    for one in found:
        waiting = {one.n: one}
        before = within.get(one.chain)
        while before is not None and before.n not in ordered and before.n not in waiting:
            waiting[before.n] = before
            before = within.get(before.chain)
        ordered.update((each.n, each) for each in reversed(waiting.values()) if each.n not in ordered)
    return list(ordered.values())


def elsewhere(connection: Connection) -> list[int]:
    """The stretches another platform signed."""
    text = connection.execute(_ELSEWHERE).scalar_one_or_none()
    return [int(one) for one in json.loads(text)] if text else []


def heads(connection: Connection) -> dict[int, Sequence[Any]]:
    """The head of every stretch."""
    return {row.n: json.loads(row.head) for row in connection.execute(select(stretch.c.n, stretch.c.head))}


def records_of(connection: Connection, numbers: Collection[int]) -> list[str]:
    """The records some stretches bear on."""
    return list(connection.execute(select(lost.c.record).where(lost.c.stretch.in_(list(numbers))).distinct()).scalars())


def note(connection: Connection, number: int, head: Sequence[Any]) -> None:
    """The platform took a stretch back and then stood at ``head`` [epoch, seq, chain]."""
    connection.execute(update(stretch).where(stretch.c.n == number).values(given=json.dumps(list(head))))


def settle(connection: Connection) -> Lost:
    """Let go of what was seen again."""
    found, foreign = Lost(), elsewhere(connection)
    for one in connection.execute(_STRETCHES).all():
        records = set(connection.execute(_RECORDS, {"stretch": one.n}).scalars())
        if _seen(connection, one):
            connection.execute(delete(lost).where(lost.c.stretch == one.n))
            connection.execute(delete(stretch).where(stretch.c.n == one.n))
            found.settled |= records
        else:
            found.told |= records
            found.left = found.left or one.n not in foreign
    return found


def of_record(connection: Connection, record_id: str) -> list[dict[str, Any]]:
    """The lost rows of a record that were not seen again, oldest first, each change once (its latest form)."""
    rows = connection.execute(_OF_RECORD, {"record": record_id})
    latest: dict[str, dict[str, Any]] = {}
    for row in rows:
        latest.pop(row.change, None)
        latest[row.change] = json.loads(row.body)
    return list(latest.values())


def _seen(connection: Connection, one: Any) -> bool:
    if one.given is not None:
        _epoch, seq, chain = json.loads(one.given)
        if seq == 0 or connection.execute(_CHAIN, {"seq": seq}).scalar_one_or_none() == chain:
            return True
    return connection.execute(_UNSEEN, {"stretch": one.n}).first() is None
