"""Evidence coming in, by tus 1.0: begun, continued at the platform's offset, checked at the end.

An upload is named by its digest, so a laptop that forgot where it was, or another laptop of the unit, goes on with
it. Only digests a record of the unit refers to are taken; a unit delivers the bytes itself even where another unit
has delivered the same, because knowing a digest is no right to a file. A new connection takes an upload over from an
older one that hangs: the older one notices before its next byte. Asking for the offset takes over too, or bytes of a
line that broke would still arrive while the client already goes on at the offset it was told.
This module must not know HTTP answers or who may enter.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from starlette.concurrency import run_in_threadpool

from sync.server.blobs import Blobs
from sync.server.database import Database, put
from sync.server.ledger import Ledger
from sync.server.refusals import Refusal
from sync.server.schema import blob, holding, paper, upload

MAX_FILE_BYTES = 100_000_000
PATIENCE = 25  # looks, 20 ms apart, at whether a broken connection ends by itself
CHECKSUMS = ("sha1", "sha256")
_WANTED = select(select(paper.c.id).where(paper.c.unit == bindparam("unit"), paper.c.sha256 == bindparam("sha256")).exists())
_BEGUN = select(upload.c.length).where(upload.c.unit == bindparam("unit"), upload.c.sha256 == bindparam("sha256"))
_HELD = select(holding.c.at).where(holding.c.unit == bindparam("unit"), holding.c.sha256 == bindparam("sha256"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an upload stands: ``offset`` of ``length`` bytes are safe."""

    offset: int
    length: int

    @property
    def done(self) -> bool:
        """Whether nothing is left to send."""
        return self.offset == self.length


class Uploads:
    """The begun and finished uploads of all units. ``limit()`` gives the largest file in bytes."""

    def __init__(self, database: Database, blobs: Blobs, ledger: Ledger, limit: Callable[[], int]) -> None:
        self.database = database
        self.blobs = blobs
        self.ledger = ledger
        self.limit = limit
        self._turn: dict[tuple[str, str], int] = {}  # the newest connection that sends a file
        self._busy: dict[tuple[str, str], int] = {}  # how many do

    def begin(self, unit: str, device: str, sha256: str, length: int, filename: str) -> Place:
        """Begin or find again. Raises Refusal: not wanted, too large."""
        if length > self.limit():
            raise Refusal("file_too_large", limit=self.limit())
        with self.database.write(lasting=False) as connection:  # the part is on the disk; who begins again finds it
            if not connection.execute(_WANTED, {"unit": unit, "sha256": sha256}).scalar_one():
                raise Refusal("file_not_wanted")
            if self._held(connection, unit, sha256):
                size = int(connection.execute(select(blob.c.bytes).where(blob.c.sha256 == sha256)).scalar_one())
                return Place(size, size)
            before = connection.execute(_BEGUN, {"unit": unit, "sha256": sha256}).scalar()
            if before is not None and int(before) != length:
                self.blobs.drop_part(unit, sha256)
            put(connection, upload, ("unit", "sha256"), [{
                "unit": unit, "sha256": sha256, "length": length, "filename": filename[:255],
                "created_at": self.ledger.clock(), "device": device,
            }])  # fmt: skip
        return Place(self.blobs.offset(unit, sha256), length)

    def place(self, unit: str, sha256: str) -> Place:
        """Where an upload stands. Raises Refusal where there is none."""
        with self.database.read() as connection:
            if self._held(connection, unit, sha256):
                size = int(connection.execute(select(blob.c.bytes).where(blob.c.sha256 == sha256)).scalar_one())
                return Place(size, size)
            length = connection.execute(_BEGUN, {"unit": unit, "sha256": sha256}).scalar()
        if length is None:
            raise Refusal("not_found")
        found = Place(self.blobs.offset(unit, sha256), int(length))
        if found.done:  # everything arrived, but the platform fell before it could say so
            self.finish(unit, sha256, found.length)
        return found

    async def take_over(self, unit: str, sha256: str) -> None:
        """Let whoever is sending this file here stop: what a broken line still brings is waited for a moment."""
        for _ in range(PATIENCE):
            if (unit, sha256) not in self._busy:
                return
            await asyncio.sleep(0.02)
        self._turn[unit, sha256] += 1

    async def receive(
        self, unit: str, sha256: str, place: Place, pieces: AsyncIterator[bytes], checksum: str = ""
    ) -> Place:
        """Append what comes in at ``place``; what arrived before a cut is kept. Raises Refusal."""
        key = (unit, sha256)
        if place.done:  # nothing is left to say, and nothing may be begun anew
            async for _piece in pieces:
                raise Refusal("upload_offset", headers={"Upload-Offset": str(place.offset)})
            return place
        name, expected = _checksum(checksum)
        digest = hashlib.new(name, usedforsecurity=False) if name else None
        handle = self.blobs.open_part(unit, sha256)
        turn = self._turn[key] = self._turn.get(key, 0) + 1
        self._busy[key] = self._busy.get(key, 0) + 1
        reached = place.offset
        try:
            async for piece in pieces:
                if self._turn.get(key) != turn:
                    raise Refusal("upload_busy")
                if reached + len(piece) > place.length:
                    raise Refusal("upload_offset", headers={"Upload-Offset": str(reached)})
                reached = _append(handle, piece, reached)
                if digest is not None:
                    digest.update(piece)
            if digest is not None and digest.digest() != expected:
                os.ftruncate(handle, place.offset)
                raise Refusal("checksum_mismatch", headers={"Upload-Offset": str(place.offset)})
        finally:
            try:
                await run_in_threadpool(os.fsync, handle)
            finally:
                os.close(handle)
                self._busy[key] -= 1
                if not self._busy[key]:
                    del self._busy[key], self._turn[key]
        after = Place(reached, place.length)
        if after.done:
            await run_in_threadpool(self.finish, unit, sha256, after.length)
        return after

    def finish(self, unit: str, sha256: str, length: int) -> None:
        """Check the digest; the file is this unit's and its papers are complete. Raises Refusal and drops the part."""
        if self.blobs.part_digest(unit, sha256) != sha256:
            self.blobs.drop_part(unit, sha256)
            raise Refusal("checksum_mismatch", headers={"Upload-Offset": "0"})
        self.blobs.keep(unit, sha256)
        at = self.ledger.clock()
        with self.database.write(unit) as connection:
            put(connection, blob, ("sha256",), [{"sha256": sha256, "bytes": length, "at": at}])
            put(connection, holding, ("unit", "sha256"), [{"unit": unit, "sha256": sha256, "at": at}])
            connection.execute(delete(upload).where(upload.c.unit == unit, upload.c.sha256 == sha256))
            self.ledger.delivered(connection, unit, sha256)
        self.blobs.drop_part(unit, sha256)

    def lost(self, sha256: str) -> None:
        """A file is gone or is not what it was: every unit that delivered it is asked for it again, as for a new one."""
        self.blobs.set_aside(sha256)
        with self.database.write() as connection:
            connection.execute(delete(holding).where(holding.c.sha256 == sha256))
            connection.execute(update(paper).where(paper.c.sha256 == sha256).values(complete=0))

    def holds(self, unit: str, sha256: str) -> bool:
        """Whether a unit may read a file: it delivered it."""
        with self.database.read() as connection:
            return self._held(connection, unit, sha256)

    @staticmethod
    def _held(connection: Any, unit: str, sha256: str) -> bool:
        return connection.execute(_HELD, {"unit": unit, "sha256": sha256}).first() is not None


def _append(handle: int, piece: bytes, reached: int) -> int:
    """Write at the end, if the end is still where we think: another worker may serve the same upload."""
    try:
        import fcntl
    except ImportError:  # Windows serves with one worker
        return _write(handle, piece, reached)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        return _write(handle, piece, reached)
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _write(handle: int, piece: bytes, reached: int) -> int:
    if os.fstat(handle).st_size != reached:
        raise Refusal("upload_busy")
    view = memoryview(piece)
    while view:
        view = view[os.write(handle, view) :]
    return reached + len(piece)


def _checksum(header: str) -> tuple[str, bytes]:
    """``Upload-Checksum: sha256 <base64>``; empty where none was sent."""
    if not header:
        return "", b""
    name, _, value = header.partition(" ")
    try:
        expected = base64.b64decode(value, validate=True)
    except ValueError:
        raise Refusal("bad_request", "Upload-Checksum") from None
    if name not in CHECKSUMS:
        raise Refusal("bad_request", "Upload-Checksum")
    return name, expected
