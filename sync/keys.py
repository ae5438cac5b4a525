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
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync import errors

HEADER = "profile.json"
ARGON = {"time_cost": 3, "memory_cost": 65536, "parallelism": 2}


@dataclass(slots=True)
class Header:
    """What opens a profile: its id and its slots, by name ("keyring", "passphrase", "device", "recovery")."""

    profile: str
    slots: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Header | None:
        """The header of a profile folder; None where there is no profile yet; ``DamagedStore`` if unreadable."""
        path = folder / HEADER
        if not path.exists():
            return None
        try:
            body = json.loads(path.read_text("utf-8"))
            return cls(str(body["profile"]), dict(body["slots"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise errors.DamagedStore(HEADER) from error

    def save(self, folder: Path) -> None:
        """Write the header whole or not at all."""
        text = json.dumps({"profile": self.profile, "slots": self.slots}, indent=1)
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
        cost = {name: int(held["argon2id"][name]) for name in ARGON}
        if cost["memory_cost"] > 1 << 20 or cost["time_cost"] > 20 or cost["parallelism"] > 16:
            raise errors.DamagedStore(slot)  # a file from outside must not choose how long we work
        secret = stretch(passphrase, base64.b64decode(held["salt"]), cost)
        return _open(secret, held["wrapped"], slot)


def new_header() -> tuple[Header, bytes]:
    """A header without slots and a fresh data key."""
    return Header(uuid.uuid4().hex), os.urandom(32)


def stretch(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    """A 32-byte key from a passphrase by Argon2id (about half a second)."""
    from argon2.low_level import Type, hash_secret_raw  # only where somebody types a passphrase

    return hash_secret_raw(passphrase.encode(), salt, hash_len=32, type=Type.ID, **cost)


def _seal(secret: bytes, key: bytes, slot: str) -> str:
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(secret).encrypt(nonce, key, slot.encode())).decode()


def _open(secret: bytes, wrapped: str, slot: str) -> bytes | None:
    data = base64.b64decode(wrapped)
    try:
        return AESGCM(secret).decrypt(data[:12], data[12:], slot.encode())
    except InvalidTag:
        return None
