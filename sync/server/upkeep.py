"""Looking after the platform: everything it holds as lines, and whether all of it is still right.

``verify`` trusts nothing it can compute: it hashes every file, follows every chain, plays every feed again and
compares the outcome with the records, looks up every reference of received papers, and asks the rules for every count.
What it finds damaged among the files the laptops are asked for again: theirs are kept.
This module must not know HTTP or the command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from sync.core import merge
from sync.domain.kinds import KINDS
from sync.messages import GENESIS, link
from sync.server import counting, judge
from sync.server.held import Held
from sync.server.refill import replay
from sync.server.schema import blob, change, device, feed, head, holding, paper, quarantine, record, unit
from sync.server.service import Service
from sync.server.work import Work


def dump(service: Service) -> Iterator[dict[str, Any]]:
    """Every record of every unit, by id: id, kind, fields, workflow, version, evidence (digests of its papers)."""
    with service.database.snapshot() as connection:
        papers: dict[tuple[str, str], set[str]] = {}
        for row in connection.execute(select(paper.c.unit, paper.c.subject, paper.c.sha256).where(paper.c.removed == 0)):
            if row.sha256:
                papers.setdefault((row.unit, row.subject), set()).add(row.sha256)
        chosen = select(record.c.id, record.c.unit, record.c.kind, record.c.fields, record.c.workflow, record.c.version)
        for one in connection.execute(chosen.order_by(record.c.id)):
            yield {
                "id": one.id, "kind": one.kind, "fields": json.loads(one.fields), "workflow": one.workflow or None,
                "version": one.version, "evidence": sorted(papers.get((one.unit, one.id), ())),
            }  # fmt: skip


def quarantined(service: Service) -> dict[str, Any]:
    """Changes that were refused, oldest first, with their reasons."""
    told = select(quarantine, change.c.problems).outerjoin(change, change.c.id == quarantine.c.id)
    with service.database.read() as connection:
        rows = connection.execute(told.order_by(quarantine.c.at, quarantine.c.id)).all()
    return {
        "changes": [{**dict(row._mapping), "body": json.loads(row.body), "problems": json.loads(row.problems or "[]")} for row in rows]
    }


def statistics(service: Service, year: int) -> dict[str, Any]:
    """The year's figures of city and units, and who has not synchronised since when."""
    with service.database.read() as connection:
        active = select(unit.c.code, unit.c.name).where(unit.c.active == 1).order_by(unit.c.code)
        codes = {row.code: row.name for row in connection.execute(active)}
        figures = counting.statistics(connection, year, codes)
        seen: dict[str, dict[str, Any]] = {}
        for row in connection.execute(select(device.c.unit, device.c.last_seen, device.c.pending).where(device.c.state == "active")):
            own = seen.setdefault(row.unit, {"last_sync": "", "pending": {"records": 0, "files": 0, "bytes": 0}})
            own["last_sync"] = max(own["last_sync"], row.last_seen)
            for name, value in json.loads(row.pending).items():
                own["pending"][name] += value
    nobody = {"last_sync": None, "pending": {"records": 0, "files": 0, "bytes": 0}}
    return {**figures, "units": [{**row, **seen.get(row["unit"], nobody)} for row in figures["units"]]}


def verify(service: Service) -> dict[str, Any]:
    """Everything checked: ``{"ok", "records", "blobs", "problems": [{"what", "id", "detail"}]}``."""
    problems: list[dict[str, str]] = []
    spoilt: list[str] = []
    service.ledger.recount()  # what a refill left to be counted is no damage
    with service.database.snapshot() as connection:
        records = connection.execute(select(func.count()).select_from(record)).scalar_one()
        blobs = _blobs(service, connection, problems, spoilt)
        _holdings(connection, problems)
        for row in connection.execute(select(head)).all():
            _feed(service, connection, row.unit, int(row.seq), str(row.chain), problems)
        _references(service, connection, problems)
        work = Work(connection, service.ledger.clock())
        for one in counting.Count(work, judge.parameters(connection)).differing():
            problems.append(_found("count", one, "the counted fact is not what the rules say"))
    for sha256 in spoilt:
        service.uploads.lost(sha256)
    return {"ok": not problems, "records": int(records), "blobs": blobs, "problems": problems}


def _found(what: str, one: str, detail: str) -> dict[str, str]:
    return {"what": what, "id": one, "detail": detail}


def _blobs(service: Service, connection: Connection, problems: list[dict[str, str]], spoilt: list[str]) -> int:
    """Every file is there and is what its name says; ``spoilt`` gets those that are not."""
    count = 0
    for row in connection.execute(select(blob).order_by(blob.c.sha256)):
        count += 1
        digest = service.blobs.digest(row.sha256)
        if digest != row.sha256:
            again = "; the laptops are asked for it again"
            problems.append(_found("blob", row.sha256, (f"hashes to {digest}" if digest else "is missing") + again))
            spoilt.append(row.sha256)
        elif service.blobs.size(row.sha256) != row.bytes:
            problems.append(_found("blob", row.sha256, "has another size"))
    return count


def _holdings(connection: Connection, problems: list[dict[str, str]]) -> None:
    """Papers said to be complete have been delivered, and what was delivered is a known file."""
    known = set(connection.execute(select(blob.c.sha256)).scalars())
    held = {(row.unit, row.sha256) for row in connection.execute(select(holding.c.unit, holding.c.sha256))}
    problems += [_found("holding", sha256, "no such file") for _unit, sha256 in sorted(held) if sha256 not in known]
    for row in connection.execute(select(paper)):
        if bool(row.complete) != ((row.unit, row.sha256) in held):
            problems.append(_found("paper", row.id, "complete or not: the records disagree"))


def _feed(service: Service, connection: Connection, unit_code: str, seq: int, chain: str, problems: list[dict[str, str]]) -> None:
    """No hole, every link, and the records are exactly what the rows say."""
    work = Work(connection, "")
    helds: dict[str, Held] = {}
    place, at = 0, GENESIS
    for row in connection.execute(select(feed).where(feed.c.unit == unit_code).order_by(feed.c.seq)):
        body = json.loads(row.body)
        place, at = place + 1, link(at, body)
        if row.seq != place or body["seq"] != place or row.chain != at:
            problems.append(_found("feed", f"{unit_code}/{row.seq}", "does not follow the row before"))
            return
        if body["version"] and body.get("unit", unit_code) == unit_code:
            held = helds.get(body["record"])
            if held is None:
                held = helds[body["record"]] = Held(body["record"], unit_code, body["kind"])
            replay(held, body, work)
        elif body.get("released"):
            helds.pop(body["record"], None)
    if (place, at) != (seq, chain):
        problems.append(_found("feed", unit_code, "does not lead to its head"))
    for row in connection.execute(select(record).where(record.c.unit == unit_code)):
        told = helds.pop(row.id, None)
        if told is None or not _equal(told, row):
            problems.append(_found("record", row.id, "is not what its feed says"))
    problems += [_found("record", one, "is missing") for one in helds]


def _equal(told: Held, row: Any) -> bool:
    fields = json.loads(row.fields)
    return (
        told.version == row.version and (told.workflow or "") == row.workflow and told.fields.keys() == fields.keys()
        and all(merge.equal(told.fields[name], value) for name, value in fields.items())
        and told.facts == json.loads(row.facts) and told.amendment == json.loads(row.amendment)
    )  # fmt: skip


def _references(service: Service, connection: Connection, problems: list[dict[str, str]]) -> None:
    """What a received paper refers to is there."""
    known = set(connection.execute(select(record.c.id)).scalars())
    for row in connection.execute(select(record.c.id, record.c.kind, record.c.fields).where(record.c.received_at != "")):
        kind, fields = KINDS.get(row.kind), json.loads(row.fields)
        for name, declared in kind.fields.items() if kind is not None else ():
            value = fields.get(name)
            if declared.type == "ref" and isinstance(value, str) and value not in known:
                problems.append(_found("reference", row.id, f"{name} leads nowhere"))
