"""The profile's data key and the slots it can be opened from, like the key slots of a disk.

One random 32-byte data key encrypts everything; each slot holds it wrapped under another secret, so changing a
passphrase or losing a keyring rewrites a slot, never the data. The slots stand in ``profile.json`` beside the
database: wrapped keys and salts, no secret. Passphrase slots use Argon2id (64 MiB, 3 passes, 2 lanes: about half
a second). Where the other secrets lie (system keyring, key file) is the desktop's business, not known here.
"""

from __future__ import annotations

import base64
import json
import os
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync import errors

HEADER = "profile.json"
DATABASE = "liaison.sqlite"
ARGON = {"time_cost": 3, "memory_cost": 65536, "parallelism": 2}


@dataclass(slots=True)
class Header:
    """What opens a profile: its id and its slots, by name ("keyring", "passphrase", "device", "recovery")."""

    profile: str  # 32 hex characters; also names what is kept elsewhere
    slots: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: bool = False  # somebody was enrolled here: from then on there is a database

    @classmethod
    def load(cls, folder: Path) -> Header | None:
        """The header of a profile folder; None where there is no profile yet.

        ``DamagedStore``: it is unreadable, it is gone though the database is there, or the database is gone or empty
        (as some file systems leave a file after a power cut) though it was in use.
        """
        path, database = folder / HEADER, folder / DATABASE
        held = database.exists() and database.stat().st_size > 0
        if not path.exists():
            if held:
                raise errors.DamagedStore(HEADER)
            return None
        try:
            header = cls.read(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise errors.DamagedStore(HEADER) from error
        if header.used and not held:
            raise errors.DamagedStore(DATABASE)
        return header

    @classmethod
    def read(cls, body: Any) -> Header:
        """A header from its JSON; ``ValueError`` where it is none. It may come from a file of unknown origin."""
        if not isinstance(body, dict) or not re.fullmatch("[0-9a-f]{32}", str(body.get("profile"))):
            raise ValueError("profile")
        slots = body.get("slots")
        if not isinstance(slots, dict) or not all(isinstance(one, dict) and isinstance(one.get("wrapped"), str) for one in slots.values()):
            raise ValueError("slots")
        return cls(body["profile"], slots, body.get("used") is True)

    def save(self, folder: Path) -> None:
        """Write the header whole or not at all."""
        text = json.dumps({"profile": self.profile, "slots": self.slots, "used": self.used}, indent=1)
        part = folder / f"{HEADER}.{uuid.uuid4().hex}.part"
        try:
            with part.open("x", encoding="utf-8") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            part.replace(folder / HEADER)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise errors.ReadOnly(str(folder)) from error

    def wrap(self, slot: str, key: bytes, secret: bytes) -> None:
        """Put ``key`` into ``slot`` under a random 32-byte ``secret`` kept elsewhere."""
        self.slots[slot] = {"wrapped": _seal(secret, key, slot)}

    def unwrap(self, slot: str, secret: bytes) -> bytes | None:
        """The data key, or None where the slot is missing or the secret is another one."""
        return _open(secret, self.slots[slot]["wrapped"], slot) if slot in self.slots else None

    def wrap_passphrase(self, key: bytes, passphrase: str, slot: str = "passphrase") -> None:
        """Put ``key`` into a slot that a typed text opens ("passphrase", or a backup's "code")."""
        salt = os.urandom(16)
        self.slots[slot] = {
            "salt": base64.b64encode(salt).decode(), "argon2id": ARGON,
            "wrapped": _seal(stretch(passphrase, salt, ARGON), key, slot),
        }  # fmt: skip

    def unwrap_passphrase(self, passphrase: str, slot: str = "passphrase") -> bytes | None:
        """The data key, or None for a wrong text or no such slot."""
        held = self.slots.get(slot)
        if held is None:
            return None
        try:
            cost = {name: int(held["argon2id"][name]) for name in ARGON}
            salt = base64.b64decode(held["salt"])
        except (KeyError, TypeError, ValueError) as error:
            raise errors.DamagedStore(slot) from error
        if not (8 <= cost["memory_cost"] <= 1 << 20 and 1 <= cost["time_cost"] <= 20 and 1 <= cost["parallelism"] <= 16) or len(salt) < 8:
            raise errors.DamagedStore(slot)  # a file from outside must not choose how long we work
        secret = stretch(passphrase, salt, cost)
        return _open(secret, held["wrapped"], slot)


def new_header() -> tuple[Header, bytes]:
    """A header without slots and a fresh data key."""
    return Header(uuid.uuid4().hex), os.urandom(32)


def stretch(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    """A 32-byte key from a passphrase by Argon2id (about half a second)."""
    from argon2.low_level import Type, hash_secret_raw  # only where somebody types a passphrase

    return hash_secret_raw(passphrase.encode("utf-8", "surrogateescape"), salt, hash_len=32, type=Type.ID, **cost)


def _seal(secret: bytes, key: bytes, slot: str) -> str:
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(secret).encrypt(nonce, key, slot.encode())).decode()


def _open(secret: bytes, wrapped: str, slot: str) -> bytes | None:
    try:
        data = base64.b64decode(wrapped)
        return AESGCM(secret).decrypt(data[:12], data[12:], slot.encode())
    except (InvalidTag, ValueError):  # another secret, or not even one
        return None
