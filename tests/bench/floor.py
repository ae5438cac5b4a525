"""The floor: the same work with nothing that can be left out. Bare ASGI, raw SQLCipher, requests; no access, no checks.

As a program it is the floor's server (``floor.py SERVE ready-file data``); imported, it is the floor's client.
Both sides use gzip 6 and an encrypted client database, because the product has to.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sys
import urllib.parse
from pathlib import Path
from typing import Any

import requests
import sqlcipher3.dbapi2 as driver

COLUMNS = [f"c{number}" for number in range(25)]


def database(path: Path, key: bool) -> Any:
    """One table of 25 columns with an id and a place."""
    connection = driver.connect(str(path), isolation_level=None, check_same_thread=False)
    if key:
        connection.execute(f"PRAGMA key = \"x'{'00' * 32}'\"")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-16000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS record(n INTEGER PRIMARY KEY, id TEXT UNIQUE, at TEXT, {', '.join(COLUMNS)})")
    connection.execute("CREATE INDEX IF NOT EXISTS record_at ON record(at)")
    return connection


def row(record: str, fields: dict[str, Any]) -> tuple[Any, ...]:
    values = [one if isinstance(one, str | int) else json.dumps(one, ensure_ascii=False) for one in fields.values()]
    return (record, "2026-03-10T00:00:00Z", *values, *[None] * (25 - len(values)))


INSERT = f"INSERT OR REPLACE INTO record(id, at, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * 27)})"


def save(connection: Any, rows: list[tuple[Any, ...]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(INSERT, rows)
    connection.execute("COMMIT")


# ------------------------------------------------------------------------------------------------------ client


class Client:
    """Pulls, pushes and sends files."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.session = url, requests.Session()
        self.database = database(folder / "floor.sqlite", key=True)
        self.place, self.requests = 0, 0

    def pull(self) -> int:
        """One answer of lines, read as they come."""
        self.requests += 1
        rows = []
        with self.session.get(f"{self.url}/rows/{self.place}", stream=True, timeout=60) as answer:
            self.place = int(answer.headers["place"])
            for line in answer.iter_lines(1 << 16):
                record, fields = json.loads(line)
                rows.append(row(record, fields))
                if len(rows) == 2000:
                    save(self.database, rows)
                    rows = []
        save(self.database, rows)
        return self.place

    def push(self, listed: list[tuple[str, dict[str, Any]]]) -> None:
        self.requests += 1
        body = gzip.compress(b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in listed), 6)
        self.session.post(f"{self.url}/rows", data=body, timeout=60).raise_for_status()

    def send(self, files: list[Path], key: bytes) -> None:
        """Each file decrypted, hashed and posted."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        for path in files:
            self.requests += 1
            data = AESGCM(key).decrypt(bytes(12), path.read_bytes(), None)
            digest = hashlib.sha256(data).hexdigest()
            self.session.post(f"{self.url}/files/{digest}", data=data, timeout=60).raise_for_status()


# ------------------------------------------------------------------------------------------------------ server


class Server:
    """The ASGI application."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = database(folder / "server.sqlite", key=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = urllib.parse.unquote(scope["path"]).strip("/").split("/")
        if scope["method"] == "POST" and path[0] == "files":
            await self._file(path[1], receive)
            await self._answer(send, b"")
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["method"] == "POST":
            lines = gzip.decompress(body).split(b"\n")
            save(self.database, [row(*json.loads(line)) for line in lines])
            await self._answer(send, b"")
            return
        found = self.database.execute(f"SELECT n, id, {', '.join(COLUMNS)} FROM record WHERE n > ? ORDER BY n", (int(path[1]),)).fetchall()
        text = "\n".join(json.dumps([one[1], dict(zip(COLUMNS, one[2:], strict=True))], ensure_ascii=False) for one in found).encode()
        place = found[-1][0] if found else int(path[1])
        await self._answer(send, gzip.compress(text, 6, mtime=0) if text else b"", [(b"place", str(place).encode())])

    async def _file(self, digest: str, receive: Any) -> None:
        taken = hashlib.sha256()
        handle = os.open(self.folder / digest, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        while True:
            message = await receive()
            piece = message.get("body", b"")
            taken.update(piece)
            os.write(handle, piece)
            if not message.get("more_body"):
                break
        os.fsync(handle)
        os.close(handle)
        assert taken.hexdigest() == digest

    async def _answer(self, send: Any, data: bytes, more: list[tuple[bytes, bytes]] | None = None) -> None:
        headers = [(b"content-length", str(len(data)).encode()), *(more or [])]
        if data:
            headers.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": data})


def serve(ready: Path, folder: Path) -> None:
    """Serve on a free port and write it to ``ready``."""
    import socket

    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    config = uvicorn.Config(Server(folder), log_level="error", access_log=False, lifespan="off", ws="none")
    ready.write_text(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}))
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
