"""The way back after a restored backup: laptops hand in the rows the platform lost, under its own signature.

The rows must link to a head it once signed: the chain before the first row is the laptop's word, but only the true one
leads there, so then they are its own history. Where they go on exactly where this platform stands, they are taken
verbatim, same places, same chain. Where the history has forked meanwhile,
what is unknown is applied anew through the normal path, under the names of those who did it then; what the platform
itself had decided (acceptances, numbers) is decided again as before, if the record is still where it was.

The same proof says whose a record is. While the platform had forgotten it, another unit that knew its id may have begun
it anew; then the earlier first row under the platform's signature has it. The other unit is told so, and what it wrote
stays on its laptops and in quarantine. This holds as long as the platform's clock was not set back before the first one.
This module must not know HTTP.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from sync.domain.lifecycle import CLOSED
from sync.domain.problems import Problem
from sync.messages import GENESIS, BadMessage, Cursor, canonical, link
from sync.server import counting
from sync.server.database import dumps, put
from sync.server.decide import MOVE
from sync.server.held import PLATFORM, Actor, Held, fit_id, picture
from sync.server.numbers import reserve, taken
from sync.server.refusals import Refusal
from sync.server.schema import change, feed, head, quarantine
from sync.server.seal import b64, unb64
from sync.server.service import Service
from sync.server.work import Work, append, feed_row, fresh

MAX_ROWS = 50_000
_AGAIN = "again-"
_FIRST, _SECOND = re.compile("[0-9a-f]{32}"), re.compile(_AGAIN + "[0-9A-Za-z_-]{22}")
_NEEDED = {"change": str, "record": str, "kind": str, "at": str, "by": str, "device": str, "what": str, "fields": dict, "version": int}


def take_back(service: Service, actor: Actor, body: Mapping[str, Any]) -> dict[str, Any]:
    """Take rows back. Returns how many were new, whether verbatim, and where the feed now ends. Raises Refusal."""
    rows, epoch, given, before = body.get("rows"), body.get("epoch"), body.get("head"), body.get("chain")
    if not isinstance(rows, list) or len(rows) > MAX_ROWS or not isinstance(epoch, str):
        raise Refusal("bad_request", "rows, epoch")
    if not isinstance(given, list) or len(given) != 3 or not isinstance(given[0], int) or not all(isinstance(one, str) for one in given[1:]):
        raise Refusal("bad_request", "head")
    seq, chain, signature = given
    if not service.seal.signed(actor.unit, epoch, seq, chain, signature):
        raise Refusal("head_not_ours")
    if not isinstance(before, str):
        raise Refusal("bad_request", "chain")
    try:
        after = Cursor.from_json(body["after"]) if "after" in body else None
    except BadMessage as error:
        raise Refusal("bad_request", str(error)) from None
    if not rows or not all(_is_row(row) for row in rows):
        raise Refusal("bad_request", "rows")
    with service.database.write(actor.unit) as connection:
        if after is not None and not _stands(service, connection, actor.unit, after):
            raise Refusal("rows_do_not_link")  # restored once more since the laptop last looked: it must begin anew
        first = int(rows[0]["seq"]) - 1
        chains = _linked(rows, before, seq, chain)
        end = select(head.c.seq, head.c.chain).where(head.c.unit == actor.unit)
        last = connection.execute(end).one()
        theirs = _claimed(service, connection, actor.unit, rows)
        verbatim = (int(last.seq), str(last.chain)) == (first, before) and not theirs
        if verbatim:
            taken_rows = _verbatim(service, connection, actor.unit, rows, chains)
        else:
            taken_rows = _anew(service, connection, actor.unit, rows, theirs)
        counting.owe(service.database, connection, actor.unit, service.ledger.clock())
        service.database.mark(connection)
        now = connection.execute(end).one()
        place = [service.database.epoch(connection), int(now.seq), str(now.chain)]
    return {"taken": taken_rows, "verbatim": verbatim, "head": place}


_PLACE = select(feed.c.chain).where(feed.c.unit == bindparam("unit"), feed.c.seq == bindparam("seq"))


def _stands(service: Service, connection: Connection, unit: str, place: Cursor) -> bool:
    """Whether a place is one of this feed."""
    chain = connection.execute(_PLACE, {"unit": unit, "seq": place.seq}).scalar() if place.seq else GENESIS
    return place.epoch in ("", service.database.epoch(connection)) and chain == place.chain


def _is_row(row: Any) -> bool:
    good = isinstance(row, dict) and isinstance(row.get("seq"), int)
    return good and all(isinstance(row.get(name), kind) for name, kind in _NEEDED.items()) and fit_id(row["change"])


def _linked(rows: Sequence[Mapping[str, Any]], chain: str, seq: int, end: str) -> list[str]:
    """The chain after each row; they must lead to the signed head."""
    chains, place = [], int(rows[0]["seq"]) - 1
    for row in rows:
        place += 1
        if row["seq"] != place:
            raise Refusal("rows_do_not_link")
        chain = link(chain, row)
        chains.append(chain)
    if place != seq or chain != end:
        raise Refusal("rows_do_not_link")
    return chains


def _claimed(service: Service, connection: Connection, unit: str, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Settle since when the records of these rows are this unit's; returns those that are another's and remain so."""
    work, theirs = Work(connection, service.ledger.clock()), set()
    work.load(row["record"] for row in rows if _own(row))
    given_back = {row["record"] for row in rows if row.get("released")}
    for row in rows:
        held = work.get(row["record"]) if _own(row) else None
        if held is None:
            continue
        earlier = row["version"] == 1 and _since(row) < held.created_at
        if held.unit == unit and earlier:  # begun again before its own history came back
            held.created_at, held.touched = _since(row), True
        elif held.unit != unit and earlier and held.id not in given_back:
            _release(work, held, _since(row))
        elif held.unit != unit:
            theirs.add(held.id)
    work.finish()
    return theirs


def _since(row: Mapping[str, Any]) -> str:
    """When a row was first written, on whichever platform."""
    return str(row.get("since") or row["at"])


def _own(row: Mapping[str, Any]) -> bool:
    """Whether a row tells of a record of the unit whose feed it is in."""
    return bool(row["version"]) and "unit" not in row


def _release(work: Work, held: Held, since: str, change_id: str = "") -> None:
    """Take a record from a unit, because another one had it ``since`` then; what it wrote stays in sight there, as refused."""
    told = select(feed.c.body).where(feed.c.unit == held.unit, feed.c.record == held.id).order_by(feed.c.seq)
    bodies = [_as_change(row) for row in map(json.loads, work.connection.execute(told).scalars()) if row["device"] and _own(row)]
    put(work.connection, quarantine, ("id",), [
        {"id": body["id"], "unit": held.unit, "record": held.id, "code": "OTHERS_FIRST", "body": dumps(body), "at": work.at} for body in bodies
    ])  # fmt: skip
    body: dict[str, Any] = {
        "change": change_id or fresh(), "record": held.id, "kind": held.kind, "at": work.at, "by": PLATFORM, "device": "",
        "what": "refused", "fields": {}, "version": 0, "problems": [Problem(None, "OTHERS_FIRST", "block", {}).to_json()], "released": since,
    }  # fmt: skip
    if held.facts:
        body["facts"] = dict.fromkeys(held.facts)
    if held.workflow not in (None, "draft", *CLOSED):
        body["workflow"] = [held.workflow, "draft"]
    work.say(held.unit, body)
    work.drop(held)


def _verbatim(service: Service, connection: Connection, unit: str, rows: Sequence[dict[str, Any]], chains: Sequence[str]) -> int:
    """The rows as they were, at their old places."""
    work = Work(connection, service.ledger.clock())
    work.load(row["record"] for row in rows)
    for row in rows:
        held = work.get(row["record"])
        if _own(row):
            replay(held or work.start(row["record"], unit, row["kind"]), row, work)
        elif row.get("released") and held is not None and held.unit == unit:
            work.drop(held)
    work.save()
    connection.execute(insert(feed), [feed_row(unit, row, canonical(row), chain) for row, chain in zip(rows, chains, strict=True)])
    connection.execute(update(head).where(head.c.unit == unit).values(seq=rows[-1]["seq"], chain=chains[-1]))
    made = [
        {"id": row["change"], "hash": "", "unit": unit, "record": row["record"], "seq": row["seq"], "problems": dumps(row.get("problems", []))}
        for row in rows
        if row["device"]
    ]
    put(connection, change, ("id",), made)  # a step by the unit that serves another's item stands in both feeds
    put(connection, quarantine, ("id",), [
        {
            "id": row["change"], "unit": unit, "record": row["record"], "code": row["problems"][0]["code"],
            "body": dumps(_as_change(row)), "at": row["at"],
        }
        for row in rows
        if row["device"] and row.get("problems") and row.get("said")
    ])  # fmt: skip
    for row in rows:
        reserve(connection, str((row.get("facts") or {}).get("number") or ""))
    return len(rows)


def replay(held: Held, row: Mapping[str, Any], work: Work) -> None:
    """Put a feed row's outcome into a record: the opposite of ``held.describe``."""
    stamp = [row["by"], row["at"], row["device"]]
    for name, (_before, after) in row["fields"].items():
        if after is None:
            held.fields.pop(name, None)
        else:
            held.fields[name] = after
        held.stamps[name] = stamp
    if row.get("workflow"):
        held.stamps["workflow"] = [*stamp, row["workflow"][0] or ""]
        held.workflow = row["workflow"][1]
    held.tell(**(row.get("facts") or {}))
    if row.get("amendment") is not None:
        for name in row.get("amended") or ():
            held.stamps[name] = stamp
        held.amendment = dict(row["amendment"])
    if row.get("conflicts") is not None:
        held.conflicts = [dict(one) for one in row["conflicts"]]
    work.closing(row.get("closed") or ())
    if not held.version:
        held.created_at = _since(row)
    held.version, held.updated_at, held.touched = row["version"], row["at"], True


def _anew(service: Service, connection: Connection, unit: str, rows: Sequence[Mapping[str, Any]], theirs: Set[str]) -> int:
    """Apply what is unknown through the normal path, in order. ``theirs``: records that are another unit's."""
    ids = [one for row in rows for one in (row["change"], again(row["change"]))]
    known: dict[str, int] = {}  # change -> the version its row tells of
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        told = select(feed.c.change, feed.c.version).where(feed.c.unit == unit, feed.c.change.in_(part))
        known.update((one.change, one.version) for one in connection.execute(told))
    count = 0
    for row in rows:
        if _taken(row) and known.get(row["change"]) == 0 and row["record"] not in theirs:
            row = {**row, "change": again(row["change"])}  # it was here before its proof, and was not taken
        elif known.get(again(row["change"])):
            continue  # the same, when it was the other way round
        empty = row.get("problems") and not (row["fields"] or row.get("amended") or row.get("said"))
        if row.get("released") and row["change"] not in known:
            work = Work(connection, service.ledger.clock())
            held = work.get(row["record"])
            if held is not None and held.unit == unit and row["released"] < held.created_at:
                _release(work, held, row["released"], row["change"])
                work.finish()
        if row["change"] in known or not row["version"] or empty:
            continue  # of what was refused unsaid, only the laptop that made it can speak again
        if "unit" in row:  # another unit's record as this one was shown it; what became of it its owner's rows decide
            append(connection, unit, [dict(row)])
        elif row["device"]:
            service.ledger.decide(connection, Actor(row["by"], row["device"], unit), [_as_change(row)], _since(row))
            count += 1
        else:
            count += _decided(service, connection, unit, row)
    return count


def _taken(row: Mapping[str, Any]) -> bool:
    """Whether a row tells of a laptop's change the platform had nothing against."""
    return bool(row["device"] and row["version"] and not row.get("problems"))


def again(change_id: str) -> str:
    """The id under which a change counts that was refused before the row came that proves it was taken once; and back."""
    if _SECOND.fullmatch(change_id):
        return unb64(change_id.removeprefix(_AGAIN)).hex()
    return _AGAIN + b64(bytes.fromhex(change_id)) if _FIRST.fullmatch(change_id) else change_id


def _as_change(row: Mapping[str, Any]) -> dict[str, Any]:
    """The change a row must have come from; what clashed then is offered again."""
    said = {**(row.get("amended") or {}), **row["fields"], **(row.get("said") or {})}
    fields = {name: list(pair) for name, pair in said.items() if name != MOVE}
    move = list(said[MOVE]) if MOVE in said else list(row["workflow"]) if row.get("workflow") else None
    for one in row.get("conflicts") or ():
        if one.get("change") not in (row["change"], again(row["change"])):
            continue
        if one["field"] != MOVE:
            fields.setdefault(one["field"], [one["base"], one["mine"]])
        elif one["mine"] == "deleted":
            move = [one["base"], one["mine"]]
    body = {
        "id": row["change"], "record": row["record"], "kind": row["kind"], "device": row["device"],
        "at": row.get("made_at") or row["at"], "fields": fields, "seen": row["version"],
    }  # fmt: skip
    if move is not None:
        body["workflow"] = move
    if row["what"] == "stage":
        body["stage"] = list(row["stage"])
    if row.get("reason"):
        body["reason"] = row["reason"]
    if row.get("closed"):
        body["resolves"] = [one["id"] for one in row["closed"]]
    return body


def _received_then(held: Held, row: Mapping[str, Any], work: Work) -> int:
    """A paper that came in again by itself was received when it first was: who was first decides whose it is."""
    first = (row.get("facts") or {}).get("received_at")
    if not first or first >= str(held.facts.get("received_at") or ""):
        return 0
    before = picture(held)
    held.tell(received_at=first)
    work.row(held, before, Actor(PLATFORM), row["what"], change=row["change"])
    work.finish()
    return 1


def _decided(service: Service, connection: Connection, unit: str, row: Mapping[str, Any]) -> int:
    """What the platform itself had decided, if the record is still where it was then."""
    work = Work(connection, service.ledger.clock())
    held = work.get(row["record"])
    move = row.get("workflow")
    if held is not None and (held.unit != unit or (move and held.workflow != move[0])):
        return _received_then(held, row, work) if held.unit == unit else 0
    if held is None and row["version"] != 1:
        return 0  # nothing is decided about a record that is not here
    if held is None:
        held = work.start(row["record"], unit, row["kind"], _since(row))
    before = picture(held)
    actor = Actor(row["by"] or PLATFORM)
    for name, (_before, after) in row["fields"].items():
        held.put(name, after, actor, work.at)
    if move:
        held.move(move[1], actor, work.at)
    facts = dict(row.get("facts") or {})
    number = str(facts.get("number") or "")
    if number and taken(connection, number, held.id):
        facts.pop("number")  # given to another record in the meantime
    held.tell(**facts)
    reserve(connection, number)
    if row.get("amendment") is not None:
        held.amendment = dict(row["amendment"])
    work.row(held, before, actor, row["what"], change=row["change"], reason=str(row.get("reason") or ""))
    work.finish()
    return 1
