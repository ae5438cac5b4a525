"""Encrypted packages: the rescue parcel of what never reached the platform, the platform's reply to one, and the backup
of a whole profile.

A rescue parcel holds the unseen changes of a profile and the evidence files the platform lacks. It opens with the
key every laptop of the unit and the platform share, and loads any number of times without making anything twice,
because changes keep their ids. It says how far its laptop had read; a reply holds the pages from there on, as a pull
would have brought them. A backup holds database and vault as they are; it opens by the profile's own slots
(keyring, passphrase, device file) or by the code that was shown when it was made.

    "LIAISON-PARCEL 1" line · JSON head line (kind, unit, what opens it) · sections of AES-256-GCM:
    8-byte length, 12-byte nonce, ciphertext; the first is the index, the others are the files in its order

Section number and "last" stand in the authenticated data, so nothing can be dropped, swapped or appended.
This module must not know the store or where secrets lie.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync import errors
from sync.sealed import derive, sync_folder

MAGIC = b"LIAISON-PARCEL 1\n"
MOST_SECTION = 1 << 30
MOST_HEAD = 100_000
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """A code of 20 characters (100 bits) to open a backup with, in groups of five."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(20))
    return "-".join(letters[at : at + 5] for at in range(0, 20, 5))


def plain_code(text: str) -> str:
    """A code as it counts: without hyphens, spaces and case."""
    return text.replace("-", "").replace(" ", "").upper()


def write(path: Path, head: Mapping[str, Any], key: bytes, index: Any, files: Iterable[bytes], count: int) -> int:
    """Write a parcel whole or not at all; its size in bytes. ``key``: 32 bytes; ``count``: how many files follow."""
    cipher = AESGCM(derive(key, b"parcel"))
    if not path.name or path.is_dir():
        raise errors.CannotWrite(str(path))
    part = path.with_name(f".{path.name[:60]}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as out:
            out.write(MAGIC + json.dumps(dict(head), ensure_ascii=False).encode() + b"\n")
            _section(out, cipher, 0, json.dumps(index, ensure_ascii=False).encode(), count == 0)
            for number, data in enumerate(files, 1):
                _section(out, cipher, number, data, number == count)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (errors.DiskFull() if full else errors.CannotWrite(str(path))) from error
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size


def head(source: IO[bytes]) -> dict[str, Any]:
    """What stands in clear at the start: kind, unit and what opens it. ``DamagedParcel`` where it is no parcel."""
    try:
        if source.readline(100) != MAGIC:
            raise errors.DamagedParcel(_name(source))
        found = json.loads(source.readline(MOST_HEAD))
    except ValueError as error:
        raise errors.DamagedParcel(_name(source)) from error
    if not isinstance(found, dict) or found.get("kind") not in ("rescue", "reply", "backup"):
        raise errors.DamagedParcel(_name(source))
    return found


def sections(source: IO[bytes], key: bytes) -> Iterator[bytes]:
    """The sections after the head, verified one by one: the index first. ``DamagedParcel`` where one is not intact."""
    cipher = AESGCM(derive(key, b"parcel"))
    number, last = 0, False
    while not last:
        size = int.from_bytes(source.read(8), "big")
        nonce = source.read(12)
        if not 16 <= size <= MOST_SECTION or len(nonce) != 12:
            raise errors.DamagedParcel(_name(source))
        sealed = source.read(size)
        last = not (ahead := source.read(1))
        if ahead:
            source.seek(-1, os.SEEK_CUR)
        try:
            yield cipher.decrypt(nonce, sealed, _about(number, last))
        except InvalidTag as error:
            raise errors.DamagedParcel(_name(source)) from error
        number += 1


def _name(source: IO[bytes]) -> str:
    return Path(str(getattr(source, "name", ""))).name


def _section(out: IO[bytes], cipher: AESGCM, number: int, data: bytes, last: bool) -> None:
    nonce = os.urandom(12)
    sealed = cipher.encrypt(nonce, data, _about(number, last))
    out.write(len(sealed).to_bytes(8, "big") + nonce + sealed)


def _about(number: int, last: bool) -> bytes:
    return f"{number}:{'last' if last else 'more'}".encode()
