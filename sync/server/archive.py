"""Backup and restore: one zip with every table as JSON lines and every file, the same for SQLite and PostgreSQL.

A backup is one consistent view of a running platform; a damaged scan is left out and named, and keeps nothing else from
being safe. A restore checks every file before it replaces anything, puts
all tables in one transaction, and names the history anew (the epoch): laptops that saw more notice at their next pull
and hand back what the backup lacks. Keys are inside, so a backup is as secret as the platform.
This module must not know HTTP or the command line.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, delete, insert, select, text

from sync.errors import Damage
from sync.server import schema
from sync.server.blobs import is_digest
from sync.server.database import NewerPlatform, now
from sync.server.service import Service

FORMAT = "liaison-platform-backup"
ABOUT = "about.json"
ROWS = 2_000  # inserted at once


class DamagedBackup(Damage):
    """备份文件不完整或不是平台的备份."""

    code = "damaged_backup"
    exit_status = 7
    sentence = ("备份文件不完整或不是平台的备份：{detail}", "The backup is incomplete or no backup of a platform: {detail}")
    help = ("平台数据没有动过。请换一份备份。", "Nothing on the platform was touched. Use another backup.")


def backup(service: Service, out: Path) -> dict[str, Any]:
    """Write everything to ``out``, whole or not at all: {"ok", "records", "blobs", "problems"}."""
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        answer = _written(service, part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return answer


def _written(service: Service, part: Path) -> dict[str, Any]:
    counts: dict[str, int] = {}
    problems: list[dict[str, str]] = []
    with service.database.snapshot() as connection, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for table in schema.metadata.sorted_tables:
            with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as lines:
                for row in _rows(connection, table):
                    counts[table.name] = counts.get(table.name, 0) + 1
                    lines.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        for sha256 in connection.execute(select(schema.blob.c.sha256).order_by(schema.blob.c.sha256)).scalars():
            if service.blobs.digest(sha256) != sha256:
                problems.append({"what": "blob", "id": sha256, "detail": "is missing or damaged, and left out"})
                continue
            entry = zipfile.ZipInfo(f"blobs/{sha256}", (1980, 1, 1, 0, 0, 0))  # scans do not get smaller: stored as they are
            with archive.open(entry, "w", force_zip64=True) as file:
                for piece in service.blobs.read(sha256):
                    file.write(piece)
        about = {"format": FORMAT, "schema": schema.VERSION, "made_at": now(), "tables": counts}
        archive.writestr(ABOUT, json.dumps(about))
    with part.open("rb") as file:
        os.fsync(file.fileno())
    blobs = counts.get("blob", 0) - len(problems)
    return {"ok": not problems, "records": counts.get("record", 0), "blobs": blobs, "problems": problems}


def restore(service: Service, source: Path) -> dict[str, int]:
    """Replace the platform's records with a backup's. Raises DamagedBackup before anything is touched."""
    try:
        with zipfile.ZipFile(source) as archive:
            about = json.loads(archive.read(ABOUT))
            if about.get("format") != FORMAT:
                raise DamagedBackup(source.name)
            if about["schema"] > schema.VERSION:
                raise NewerPlatform(str(about["schema"]))
            broken = archive.testzip()
            if broken is not None:
                raise DamagedBackup(broken)
            counts = {table.name: sum(1 for _ in _lines(archive, table)) for table in schema.metadata.sorted_tables}
            if any(counts[name] != number for name, number in about["tables"].items()):
                raise DamagedBackup(source.name)
            _put_blobs(service, archive)
            _put_tables(service, archive)
        for sha256 in _absent(service):
            service.uploads.lost(sha256)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError) as error:
        raise DamagedBackup(f"{source.name} ({type(error).__name__})") from error
    return {"records": counts["record"], "blobs": counts["blob"]}


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
    for row in connection.execute(select(table)):
        yield {
            name: base64.b64encode(value).decode() if name in binary else value for name, value in row._mapping.items()
        }


def _lines(archive: zipfile.ZipFile, table: Table) -> Iterator[dict[str, Any]]:
    binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
    with archive.open(f"tables/{table.name}.jsonl") as lines:
        for line in lines:
            row = json.loads(line)
            yield {name: base64.b64decode(value) if name in binary else value for name, value in row.items()}


def _put_blobs(service: Service, archive: zipfile.ZipFile) -> None:
    """Files first: a database that names them must never be without them."""
    for entry in archive.infolist():
        folder, _, sha256 = entry.filename.partition("/")
        if folder != "blobs" or not is_digest(sha256) or service.blobs.digest(sha256) == sha256:
            continue
        with tempfile.TemporaryDirectory(dir=service.settings.data) as scratch:
            copy = Path(scratch) / sha256
            with archive.open(entry) as file, copy.open("wb") as out:
                while piece := file.read(1 << 20):
                    out.write(piece)
            with suppress(ValueError):  # damaged before the backup was made: the laptops are asked for it
                service.blobs.put(sha256, copy)


def _absent(service: Service) -> list[str]:
    """Files the records know and the backup did not bring, because they were damaged when it was made."""
    with service.database.read() as connection:
        known = connection.execute(select(schema.blob.c.sha256)).scalars().all()
    return [one for one in known if not service.blobs.has(one)]


def _put_tables(service: Service, archive: zipfile.ZipFile) -> None:
    with service.database.write() as connection:
        if service.database.postgres:  # whoever is about to write waits until everything is replaced
            connection.execute(text("LOCK TABLE head IN ACCESS EXCLUSIVE MODE"))
        for table in reversed(schema.metadata.sorted_tables):
            connection.execute(delete(table))
        for table in schema.metadata.sorted_tables:
            rows: list[dict[str, Any]] = []
            for row in _lines(archive, table):
                rows.append(row)
                if len(rows) == ROWS:
                    connection.execute(insert(table), rows)
                    rows = []
            if rows:
                connection.execute(insert(table), rows)
        service.database.set(connection, "epoch", secrets.token_hex(8))
        service.database.set(connection, "restored_at", now())
