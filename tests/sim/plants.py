"""Faults planted into the product, one by one, to see that the laws notice. Each is a mistake somebody could make.

A plant is a list of patches that hold while a history runs. ``PLANTS`` says for each what it is, and the profile that
brings it out. A plant that is not found means the simulator is blind there, not that the product is right.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from sqlalchemy import delete, select, update

from sync import engine
from sync.core import merge
from sync.messages import Cursor, compact
from sync.server import counting, decide, ledger, refill, work
from sync.server.blobs import Blobs
from sync.server.schema import change as server_change
from sync.store import edits, feed, local, retold, view
from sync.store.tables import change
from sync.workspace import Workspace

Patches = Callable[[], list[Any]]


@dataclass(frozen=True, slots=True)
class Plant:
    """``what`` is wrong; ``profile`` (or ``rates``) and ``steps`` are where it shows soonest."""

    what: str
    patches: Patches
    profile: str = "calm"
    steps: int = 60
    rates: Mapping[str, float] | None = None


def _ack_on_ok() -> list[Any]:
    push = engine._Performer._push

    def wrong(self: Any, ask: Any) -> Any:
        done = push(self, ask)
        with self.workspace.database.write() as connection:
            connection.execute(update(change).where(change.c.id.in_([one.id for one in ask.changes])).values(state="seen"))
        return done

    return [mock.patch.object(engine._Performer, "_push", wrong)]


def _last_write_wins() -> list[Any]:
    right = merge.apply

    def wrong(current: Any, fields: Any, policy: Any) -> Any:
        done = right(current, fields, policy)
        return merge.Applied({**done.values, **{name: mine for name, (_b, mine, _t) in done.clashes.items()}}, done.same, {})

    return [mock.patch.object(merge, "apply", wrong)]


def _first_write_wins() -> list[Any]:
    right = merge.apply

    def wrong(current: Any, fields: Any, policy: Any) -> Any:
        done = right(current, fields, policy)
        return merge.Applied(done.values, done.same | done.clashes.keys(), {})

    return [mock.patch.object(merge, "apply", wrong)]


def _no_idempotency() -> list[Any]:
    right = ledger.Ledger.decide

    def wrong(self: Any, connection: Any, actor: Any, bodies: Any, trusted: bool = False) -> Any:
        ids = [body["id"] for body in bodies]
        connection.execute(delete(server_change).where(server_change.c.id.in_(ids)))
        return right(self, connection, actor, bodies, trusted)

    return [mock.patch.object(ledger.Ledger, "decide", wrong)]


def _believe_the_offset() -> list[Any]:
    return [mock.patch.object(Blobs, "part_digest", lambda self, unit, sha256: sha256)]


def _counter_ids() -> list[Any]:
    """Change ids from a counter on the laptop instead of by chance."""
    right = edits.Edits.put

    def wrong(self: Any, edit: Any) -> bool:
        done = right(self, edit)
        count = self._connection.exec_driver_sql("SELECT count(*) FROM change").scalar_one()
        for at, slot in enumerate(self._slots):
            if slot.n is None:
                slot.change = replace(slot.change, id=f"{self._device}{count + at}")
        return done

    return [mock.patch.object(edits.Edits, "put", wrong)]


def _no_union() -> list[Any]:
    return [mock.patch.object(decide, "policy", lambda _kind: lambda _name: "value")]


def _drop_the_log() -> list[Any]:
    right = feed.Feed.save

    def wrong(self: Any, *rest: Any) -> Any:
        done = right(self, *rest)
        with self.database.write() as connection:
            connection.execute(delete(change).where(change.c.state == "seen"))
        return done

    return [mock.patch.object(feed.Feed, "save", wrong)]


def _cursor_without_chain() -> list[Any]:
    def wrong(_connection: Any, _unit: str, epoch: str, seq: int, cursor: Cursor) -> bool:
        return cursor.epoch in ("", epoch) and cursor.seq <= seq

    return [mock.patch.object(ledger.Ledger, "_is_ours", staticmethod(wrong))]


def _resolve_loses() -> list[Any]:
    right = decide._close

    def wrong(held: Any, one: Any, kept: Any, lost: Any) -> None:
        right(held, one, kept, None)

    return [mock.patch.object(decide, "_close", wrong)]


def _conflict_forgotten() -> list[Any]:
    """A conflict closes as soon as anybody edits the field."""
    right = decide._follow

    def wrong(held: Any, actor: Any, context: Any, change: Any) -> None:
        right(held, actor, context, change)
        held.conflicts = [one for one in held.conflicts if one["field"] not in change.fields]

    return [mock.patch.object(decide, "_follow", wrong)]


def _rewind_drops() -> list[Any]:
    return [mock.patch.object(retold, "set_aside", lambda *_a: None)]


def _no_refill() -> list[Any]:
    return [mock.patch.object(engine._Performer, "_refill", lambda self, _ask: False)]


def _refill_forgets() -> list[Any]:
    """What was handed back is dropped at once, not when it was seen again."""
    return [mock.patch.object(retold, "_seen", lambda _c, one: one.given is not None)]


def _refill_only_shown() -> list[Any]:
    """Rows are told again without what they do not show (agreements, refusals)."""
    right = refill._as_change
    return [mock.patch.object(refill, "_as_change", lambda row: right({k: v for k, v in row.items() if k != "said"}))]


def _no_quarantine() -> list[Any]:
    return [mock.patch.object(ledger.Ledger, "_keep", lambda *_a: None)]


def _view_without_unseen() -> list[Any]:
    return [mock.patch.object(view.merge, "overlay", lambda values, _unseen, _policy: dict(values))]


def _counts_not_settled() -> list[Any]:
    return [mock.patch.object(counting, "settle", lambda _work: [])]


def _complete_unseen() -> list[Any]:
    return [mock.patch.object(work.Work, "delivered", lambda _self, _unit, digests: set(digests))]


def _unit_from_the_record() -> list[Any]:
    right = ledger.Ledger._one

    def wrong(self: Any, work: Any, context: Any, actor: Any, writer: Any, each: Any, *rest: Any) -> Any:
        held = work.get(each.change.record)
        return right(self, work, context, replace(actor, unit=held.unit) if held is not None else actor, writer, each, *rest)

    return [mock.patch.object(ledger.Ledger, "_one", wrong)]


def _hole_in_the_feed() -> list[Any]:
    right, made = work.bump, [0]

    def wrong(connection: Any, unit: str, by: int) -> Any:
        made[0] += 1
        skipped = int(made[0] % 9 == 0)
        seq, chain = right(connection, unit, by + skipped)
        return seq + skipped, chain

    return [mock.patch.object(work, "bump", wrong)]


def _empties_the_laptop() -> list[Any]:
    """A laptop that meets another history starts anew."""
    right = feed.Feed.rewind

    def wrong(self: Any, common: int, epoch: str, device: str, now: str) -> Cursor:
        done = right(self, 0, epoch, device, now)
        with self.database.write() as connection:
            connection.execute(delete(change))
            connection.exec_driver_sql("DELETE FROM record")
        return done

    return [mock.patch.object(feed.Feed, "rewind", wrong)]


def _fold_what_was_sent() -> list[Any]:
    right = feed.Feed.take

    def wrong(self: Any) -> Any:
        done = right(self)
        with self.database.write() as connection:
            connection.execute(update(change).where(change.c.state == "sent").values(state="new"))
        return done

    return [mock.patch.object(feed.Feed, "take", wrong)]


def _fold_last_wins() -> list[Any]:
    """The folded change keeps the older base of words: a removal of somebody else's word is forgotten."""
    right = merge.fold
    return [mock.patch.object(merge, "fold", lambda older, newer, _policy: right(older, newer, lambda _name: "value"))]


def _cut_list_believed() -> list[Any]:
    right = ledger.Ledger.pull
    return [mock.patch.object(ledger.Ledger, "pull", lambda *a, **k: replace(right(*a, **k), want_more=False))]


def _papers_synced() -> list[Any]:
    right = view._sync_state
    return [mock.patch.object(view, "_sync_state", lambda row, unseen, undecided, _papers, want: right(row, unseen, undecided, (), want))]


def _uploads_nothing() -> list[Any]:
    return [mock.patch.object(Workspace, "uploads", lambda *_a: [])]


def _common_by_number() -> list[Any]:
    """Two histories are held to be one as far as both have places."""
    return [mock.patch.object(engine._Performer, "_chains", lambda self, ask: dict.fromkeys(self.workspace.feed.chains(ask.seqs), True))]


def _seen_stays_seen() -> list[Any]:
    """Going back forgets to count its own later changes as unseen."""
    right = feed.Feed.rewind

    def wrong(self: Any, common: int, epoch: str, device: str, now: str) -> Cursor:
        with self.database.read() as connection:
            seen = connection.execute(select(change.c.id).where(change.c.state == "seen")).scalars().all()
        done = right(self, common, epoch, device, now)
        with self.database.write() as connection:
            connection.execute(update(change).where(change.c.id.in_(seen)).values(state="seen"))
        return done

    return [mock.patch.object(feed.Feed, "rewind", wrong)]


def _sent_under_a_new_id() -> list[Any]:
    """What was not answered for is sent again as if it were another change."""
    right = feed.Feed.take

    def wrong(self: Any) -> Any:
        with self.database.write() as connection:
            for row in connection.execute(select(change.c.n, change.c.body).where(change.c.state == "sent")).all():
                body = {**json.loads(row.body), "id": os.urandom(16).hex()}
                connection.execute(update(change).where(change.c.n == row.n).values(id=body["id"], body=compact(body)))
        return right(self)

    return [mock.patch.object(feed.Feed, "take", wrong)]


def _cursor_first() -> list[Any]:
    """The place a page leads to is noted before the page itself."""
    right = feed.Feed.save

    def wrong(self: Any, page: Any, *rest: Any) -> Any:
        before = self.cursor()
        with self.database.write() as connection:
            local.keep(connection, "cursor", page.cursor(before).to_json())
        with mock.patch.object(feed, "_cursor", lambda _connection: before):
            return right(self, page, *rest)

    return [mock.patch.object(feed.Feed, "save", wrong)]


def _noted_afterwards() -> list[Any]:
    """That a change was decided is noted in a transaction of its own, after the decision."""
    right = ledger.Ledger.push

    def wrong(self: Any, actor: Any, bodies: Any) -> Any:
        held: list[Any] = []
        with mock.patch.object(ledger, "add", lambda _connection, _table, rows: held.extend(rows)):
            answers = right(self, actor, bodies)
        with self.database.write(actor.unit) as connection:
            ledger.put(connection, server_change, ("id",), held)
        return answers

    return [mock.patch.object(ledger.Ledger, "push", wrong)]


def _seen_by_record() -> list[Any]:
    """A row acknowledges whatever waits of its record."""
    right = feed._seen

    def wrong(connection: Any, rows: Any) -> None:
        right(connection, rows)
        connection.execute(update(change).where(change.c.record.in_([row.record for row in rows])).values(state="seen"))

    return [mock.patch.object(feed, "_seen", wrong)]


def _second_restore_forgets() -> list[Any]:
    """What an earlier restored platform had lost is let go when the next one has to be met."""
    right = retold.set_aside

    def wrong(connection: Any, common: int, chain: str) -> None:
        connection.exec_driver_sql("DELETE FROM lost")
        connection.exec_driver_sql("DELETE FROM stretch")
        right(connection, common, chain)

    return [mock.patch.object(retold, "set_aside", wrong)]


PLANTS: dict[str, Plant] = {
    "ack_on_ok": Plant("an HTTP ok counts as seen in the feed", _ack_on_ok),
    "last_write_wins": Plant("the later change overwrites", _last_write_wins),
    "first_write_wins": Plant("the later change is dropped", _first_write_wins),
    "no_idempotency": Plant("a change sent twice is applied twice", _no_idempotency, "network", 60, {"doubled": 0.5}),
    "digest_unchecked": Plant("a finished upload is not checked", _believe_the_offset, "network", 60, {"flip_upload": 0.5}),
    "counter_ids": Plant("change ids are a counter of the laptop", _counter_ids, "disaster", 80),
    "no_union": Plant("words clash instead of joining", _no_union),
    "drop_the_log": Plant("changes are deleted once seen", _drop_the_log),
    "cursor_without_chain": Plant("a cursor is a number only", _cursor_without_chain, "disaster", 80),
    "resolve_loses": Plant("a decision forgets the losing value", _resolve_loses),
    "conflict_forgotten": Plant("editing a field ends its conflict", _conflict_forgotten),
    "rewind_drops": Plant("going back drops the rows beyond", _rewind_drops, "disaster", 80),
    "no_refill": Plant("lost rows are never handed back", _no_refill, "disaster", 80),
    "refill_forgets": Plant("handed back counts as seen again", _refill_forgets, "disaster", 120),
    "refill_only_shown": Plant("rows are told again without what they said", _refill_only_shown, "disaster", 120),
    "no_quarantine": Plant("what was typed on a closed record is dropped", _no_quarantine, "calm", 120),
    "view_without_unseen": Plant("the view lacks own unseen changes", _view_without_unseen),
    "counts_not_settled": Plant("a decision does not move the credit of others", _counts_not_settled, "calm", 120),
    "complete_unseen": Plant("papers count as delivered without their bytes", _complete_unseen),
    "unit_from_the_record": Plant("the unit is the record's, not the caller's", _unit_from_the_record, "calm", 100),
    "hole_in_the_feed": Plant("a place in the feed is skipped", _hole_in_the_feed),
    "empties_the_laptop": Plant("a laptop that meets another history starts anew", _empties_the_laptop, "disaster", 80),
    "fold_what_was_sent": Plant("a change that was sent is still folded into", _fold_what_was_sent, "network", 100),
    "fold_last_wins": Plant("folding forgets a struck-out word", _fold_last_wins, "calm", 120),
    "cut_list_believed": Plant("a cut list of wanted files passes for the whole", _cut_list_believed, "network", 100),
    "papers_synced": Plant("a record shows synced while its scan is on its way", _papers_synced),
    "uploads_nothing": Plant("wanted files are never offered", _uploads_nothing),
    "common_by_number": Plant("two histories are held to be one as far as both have places", _common_by_number, "disaster", 80),
    "seen_stays_seen": Plant("going back forgets to count its own later changes as unseen", _seen_stays_seen, "disaster", 80),
    "sent_under_a_new_id": Plant("what was not answered for is sent again under a new id", _sent_under_a_new_id, "network"),
    "cursor_first": Plant("the place of a page is noted before its rows", _cursor_first, "crash"),
    "noted_afterwards": Plant("a decision and its note are two transactions", _noted_afterwards, "crash"),
    "seen_by_record": Plant("a row acknowledges whatever waits of its record", _seen_by_record),
    "second_restore_forgets": Plant("a second restore lets go of what the first one lost", _second_restore_forgets, "disaster", 80),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """A fault in the product while this holds."""
    with ExitStack() as stack:
        for patch in PLANTS[name].patches():
            stack.enter_context(patch)
        yield


def names() -> Sequence[str]:
    return tuple(PLANTS)
