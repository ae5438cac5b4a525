"""A rescue parcel brought by hand: its changes go the way of any push, its files the way of any upload.

For places without a line to the platform, and for what a predecessor never sent. Any number of times the same parcel
changes nothing twice, because changes keep their ids and files their digests. The reply is what the laptop's next pull
would have brought: pages from the place it had read to, under the platform's signature, with tables and wanted files.
Where the laptop's history is not this platform's (a backup was restored since), the reply begins at the beginning.
This module must not know HTTP or the command line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from sync import parcel
from sync.domain.problems import Problem
from sync.errors import DamagedParcel, NoSuch, Refused
from sync.messages import MAX_CHANGES, BadMessage, Cursor
from sync.server.held import Actor
from sync.server.ledger import Diverged
from sync.server.refusals import Refusal
from sync.server.schema import device, liaison, unit
from sync.server.service import Service


def load(service: Service, source: Path, reply: Path | None = None) -> dict[str, Any]:
    """Take a parcel in: ``{"unit", "records", "files", "bytes", "refused", "skipped", "reply"}``, of what was new here.

    Raises NoSuch (a unit this platform does not have), Refused (no such file), DamagedParcel, CannotWrite, DiskFull.
    """
    try:
        if not source.is_file():  # a folder, or a pipe nobody would ever write to
            raise Refused([Problem("file", "PAPER_NOT_THERE", "block", {"name": source.name})])
        opened = source.open("rb")
    except OSError:
        raise Refused([Problem("file", "PAPER_UNREADABLE", "block", {"name": source.name})]) from None
    try:
        with opened:
            head = parcel.head(opened)
            if head["kind"] != "rescue":
                raise DamagedParcel(source.name)
            code = str(head.get("unit"))
            key = bytes.fromhex(service.seal.unit_key(code))
            _known(service, code)
            parts = parcel.sections(opened, key)
            index = json.loads(next(parts))
            actor = _actor(service, code, index)
            changes = list(index["changes"])
            fresh = set(service.ledger.missing(code, [str(one["id"]) for one in changes]))
            answers = _push(service, actor, changes)
            files, size, skipped = _files(service, actor, index["files"], parts)
            after = Cursor.from_json(index.get("cursor") or Cursor().to_json())
    except (BadMessage, KeyError, TypeError, AttributeError, ValueError, StopIteration) as error:
        raise DamagedParcel(source.name) from error
    if reply is not None:
        _reply(service, code, after, reply, key)
    refused = [{"id": one[0], "problems": one[2]} for one in answers if len(one) == 3]
    records = {one["record"] for one in changes if one["id"] in fresh}
    return {
        "unit": code, "records": len(records), "files": files, "bytes": size, "refused": refused, "skipped": skipped,
        "reply": str(reply) if reply is not None else None,
    }  # fmt: skip


def _known(service: Service, code: str) -> None:
    with service.database.read() as connection:
        if connection.execute(select(unit.c.code).where(unit.c.code == code)).first() is None:
            raise NoSuch(code)


def _actor(service: Service, code: str, index: Mapping[str, Any]) -> Actor:
    """Whose parcel it is: the device's liaison, else the name in it. Whoever has the unit's key speaks for the unit."""
    chosen = (
        select(liaison.c.name).join(device, device.c.liaison == liaison.c.id)
        .where(device.c.id == str(index.get("device")), device.c.unit == code)
    )  # fmt: skip
    with service.database.read() as connection:
        name = connection.execute(chosen).scalar()
    return Actor(str(name or index.get("liaison") or ""), str(index.get("device") or "parcel")[:64], code)


def _push(service: Service, actor: Actor, changes: Sequence[Any]) -> list[list[Any]]:
    answers: list[list[Any]] = []
    for start in range(0, len(changes), MAX_CHANGES):
        answers += service.ledger.push(actor, changes[start : start + MAX_CHANGES])
    return answers


def _files(service: Service, actor: Actor, listed: Sequence[Mapping[str, Any]], parts: Any) -> tuple[int, int, int]:
    """(new files, their bytes, files nobody refers to)."""
    files = size = skipped = 0
    for one, data in zip(listed, parts, strict=True):
        sha256 = str(one["sha256"])
        held = service.uploads.holds(actor.unit, sha256)
        try:
            place = service.uploads.begin(actor.unit, actor.device, sha256, len(data), sha256[:12])
        except Refusal:
            skipped += 1
            continue
        if not place.done:
            service.blobs.drop_part(actor.unit, sha256)  # what a broken line left of it is here whole
            handle = service.blobs.open_part(actor.unit, sha256)
            try:
                with os.fdopen(handle, "ab", closefd=False) as part:
                    part.write(data)
                os.fsync(handle)
            finally:
                os.close(handle)
            try:
                service.uploads.finish(actor.unit, sha256, len(data))
            except Refusal as error:
                raise DamagedParcel(sha256[:12]) from error
        if not held:
            files, size = files + 1, size + len(data)
    return files, size, skipped


def _reply(service: Service, code: str, after: Cursor, out: Path, key: bytes) -> None:
    """Everything after ``after`` as pages; from the beginning where that is no place in this history."""
    try:
        service.ledger.pull(code, after, 1)
    except Diverged:
        after = Cursor()
    pages: list[dict[str, Any]] = []
    cursor, want_after, more = after, "", True
    while more:
        page = service.ledger.pull(code, cursor, want_after=want_after)
        more = page.more or page.want_more
        want_after = page.want[-1] if page.want_more else ""
        cursor = Cursor(page.epoch, page.head[0], page.head[1])
        pages.append({
            "epoch": page.epoch, "rows": [json.loads(row) for row in page.rows], "more": page.more, "head": list(page.head),
            "want": list(page.want), "want_more": page.want_more, "facts": {} if more else service.tables(code),
            "time": service.ledger.clock(),
        })  # fmt: skip
    head = {"kind": "reply", "unit": code}
    parcel.write(out, head, key, {"unit": code, "after": after.to_json(), "pages": pages, "files": []}, (), 0)
