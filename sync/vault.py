"""The evidence vault: files by SHA-256, encrypted, written so that neither kill nor power cut loses one.

A file streams into a temporary name while it is hashed and encrypted, is fsynced, renamed to its digest, and the
folder is fsynced; only then does the caller note it in the database. The user's own file is never read again.
Each file has its own key (HKDF of the profile's data key and the digest), so chunk numbers serve as nonces; the
last chunk is marked, so a shortened file is noticed. Nothing of a file's name or content is readable on disk.

    header  "LV1" and a line feed        chunk  AES-256-GCM(1 MiB of plaintext) + 16-byte tag, in order
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync import errors
from sync.sealed import derive as derive
from sync.sealed import sync_folder

CHUNK = 1 << 20
TAG = 16
MAGIC = b"LV1\n"
LEFT_SECONDS = {"*.part": 3600, "*.come": 30 * 86_400}  # half a copy is made anew, half of what comes from the platform is gone on with


class Vault:
    """Evidence files below ``folder``, under keys derived from ``key`` (32 bytes)."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Makes the folder; what a ``put`` interrupted long ago left is swept."""
        self._folder = folder
        self._key = key
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for names, seconds in LEFT_SECONDS.items():
                for left in folder.glob(names):
                    if time.time() - left.stat().st_mtime > seconds:  # younger ones another process may be writing
                        left.unlink(missing_ok=True)
        except FileNotFoundError:
            pass  # its writer was done
        except OSError as error:
            raise errors.ReadOnly(str(folder)) from error

    def put(self, source: Path, progress: Callable[[int], None] | None = None) -> tuple[str, int]:
        """Copy ``source`` in; returns (sha256, bytes). The same content again costs no space.

        Two passes: the digest names the key. A file that changes in between is read again, thrice at most.
        """
        for _ in range(3):
            sha256, size = digest(source)
            if self.has(sha256) and not self.problem(sha256):
                return sha256, size
            if self._write(source, sha256, progress):
                return sha256, size
        raise errors.DamagedFile(f"{source.name} changes while it is read")

    def has(self, sha256: str) -> bool:
        """Whether the file lies here."""
        return self._path(sha256).exists()

    def read(self, sha256: str) -> bytes:
        """The whole file, verified against its digest."""
        data = b"".join(self.stream(sha256))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise errors.DamagedFile(sha256[:12])
        return data

    def stream(self, sha256: str, start: int = 0) -> Iterator[bytes]:
        """Plaintext from byte ``start`` on, in pieces of at most 1 MiB.

        Raises:
            NotHere: no such file lies here.
            DamagedFile: it is not intact.
        """
        path = self._path(sha256)
        if not path.exists():
            raise errors.NotHere(sha256[:12])
        cipher = AESGCM(self._file_key(sha256))
        try:
            with path.open("rb") as stored:
                total = path.stat().st_size - len(MAGIC)
                chunks = max(1, -(-total // (CHUNK + TAG)))
                if stored.read(len(MAGIC)) != MAGIC:
                    raise errors.DamagedFile(sha256[:12])
                first = start // CHUNK
                stored.seek(len(MAGIC) + first * (CHUNK + TAG))
                for index in range(first, chunks):
                    plain = cipher.decrypt(_nonce(index), stored.read(CHUNK + TAG), _last(index == chunks - 1))
                    yield plain[start - first * CHUNK :] if index == first else plain
        except (OSError, InvalidTag) as error:
            raise errors.DamagedFile(sha256[:12]) from error

    def sealed(self, sha256: str) -> bytes:
        """The stored, encrypted bytes (for a backup); verified first."""
        self.read(sha256)
        return self._path(sha256).read_bytes()

    def digests(self) -> list[str]:
        """Digests of all files here."""
        return sorted(path.name for path in self._folder.glob("*/*") if len(path.name) == 64)

    def problem(self, sha256: str, lang: str = "zh") -> str:
        """Empty where the stored file is intact, else what is wrong."""
        try:
            self.read(sha256)
        except errors.DamagedFile as error:
            return error.message(lang)
        return ""

    def take_in(self, sha256: str, data: bytes) -> None:
        """Store content fetched from the platform or a package; it must have that digest."""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise errors.DamagedFile(sha256[:12])
        if not self.has(sha256) or self.problem(sha256):
            self._store(sha256, (data[at : at + CHUNK] for at in range(0, max(1, len(data)), CHUNK)), len(data))

    def receive(
        self, sha256: str, size: int, source: Callable[[int], Iterator[bytes]], progress: Callable[[int], None] | None = None
    ) -> None:
        """Store a file of ``size`` bytes that comes from elsewhere; ``source(start)`` gives it from byte ``start`` on.

        What came stays where the source breaks off, encrypted as everything is, and the next call goes on there. Chunks
        stand at fixed places and are the same whoever writes them, so two programs at it write one file.

        Raises:
            DamagedFile: what came is not what the digest says; nothing of it is kept.
        """
        self._room(size)
        part, cipher, running = self._folder / f"{sha256}.come", AESGCM(self._file_key(sha256)), hashlib.sha256()
        with self._writing(), part.open("r+b" if part.exists() else "w+b") as out:
            last, index, waiting = max(1, -(-size // CHUNK)) - 1, 0, bytearray()
            if out.read(len(MAGIC)) == MAGIC:
                while index < last and (held := _opened(cipher, index, out.read(CHUNK + TAG))):
                    running.update(held)
                    index += 1
            out.seek(0)
            out.write(MAGIC)
            for piece in source(index * CHUNK):
                running.update(piece)
                waiting += piece
                while index < last and len(waiting) >= CHUNK:
                    _put_chunk(out, cipher, index, waiting[:CHUNK], last=False)
                    del waiting[:CHUNK]
                    index += 1
                if progress is not None:
                    progress(index * CHUNK + len(waiting))
                if len(waiting) > CHUNK:
                    break
            if (index * CHUNK + len(waiting), running.hexdigest()) != (size, sha256):
                part.unlink(missing_ok=True)
                raise errors.DamagedFile(sha256[:12])
            _put_chunk(out, cipher, index, waiting, last=True)
            out.truncate()
            out.flush()
            os.fsync(out.fileno())
            self._keep(part, sha256)

    def _write(self, source: Path, sha256: str, progress: Callable[[int], None] | None) -> bool:
        """Encrypt ``source`` under ``sha256``; False where its content is not that any more."""
        running = hashlib.sha256()

        def pieces() -> Iterator[bytes]:
            done = 0
            with source.open("rb") as opened:
                while piece := opened.read(CHUNK):
                    running.update(piece)
                    done += len(piece)
                    if progress is not None:
                        progress(done)
                    yield piece

        return self._store(sha256, pieces(), source.stat().st_size, lambda: running.hexdigest() == sha256)

    def _store(self, sha256: str, pieces: Iterator[bytes], size: int, good: Callable[[], bool] = lambda: True) -> bool:
        self._room(size)
        cipher, chunks = AESGCM(self._file_key(sha256)), max(1, -(-size // CHUNK))
        part = self._folder / f"{uuid.uuid4().hex}.part"
        try:
            with self._writing():
                with part.open("xb") as out:
                    out.write(MAGIC)
                    for index, piece in enumerate(pieces):
                        _put_chunk(out, cipher, index, piece, last=index == chunks - 1)
                    out.flush()
                    os.fsync(out.fileno())
                if not good():
                    return False
                self._keep(part, sha256)
        finally:
            part.unlink(missing_ok=True)
        return True

    def _keep(self, part: Path, sha256: str) -> None:
        """Gives a whole file its name, for good."""
        target = self._path(sha256)
        target.parent.mkdir(exist_ok=True)
        part.replace(target)
        sync_folder(target.parent)
        sync_folder(self._folder)

    def _room(self, size: int) -> None:
        if shutil.disk_usage(self._folder).free < size + 20_000_000:
            raise errors.DiskFull

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise errors.ReadOnly(str(self._folder)) from error
        except OSError as error:
            raise errors.of_system(error) from error

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not all(letter in "0123456789abcdef" for letter in sha256):
            raise errors.DamagedFile("digest")
        return self._folder / sha256[:2] / sha256

    def _file_key(self, sha256: str) -> bytes:
        return derive(self._key, b"evidence" + bytes.fromhex(sha256))


def digest(path: Path) -> tuple[str, int]:
    """(sha256, bytes) of a file."""
    running, size = hashlib.sha256(), 0
    with path.open("rb") as opened:
        while piece := opened.read(CHUNK):
            running.update(piece)
            size += len(piece)
    return running.hexdigest(), size


def _put_chunk(out: BinaryIO, cipher: AESGCM, index: int, plain: bytes | bytearray, *, last: bool) -> None:
    out.seek(len(MAGIC) + index * (CHUNK + TAG))
    out.write(cipher.encrypt(_nonce(index), bytes(plain), _last(last)))


def _opened(cipher: AESGCM, index: int, stored: bytes) -> bytes:
    """A chunk that is not the last, or nothing where it is not whole."""
    try:
        return cipher.decrypt(_nonce(index), stored, _last(last=False))
    except (InvalidTag, ValueError):
        return b""


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _last(last: bool) -> bytes:
    return b"last" if last else b"more"
