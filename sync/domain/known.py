"""What other units have already registered, as marks a laptop can look its drafts up in without a line.

The platform publishes, for each unit, short keyed hashes of what all other units' received items are found by
(organisation and title, registration number, IP number; never a title, name, amount or finder). A hit is a warning
and nothing more: the platform decides on receipt.

Size and error: four bytes a mark. At 10,000 items of other units with three marks each, a draft with four keys meets
a mark by chance once in about 36,000 times (4 x 30,000 / 2**32).

Who can learn what. Without the salt a mark cannot be tested against any guess. Laptops of the unit hold the salt, so
an insider who takes it out of the encrypted store can test guesses: whether *somebody* registered this company with
exactly this title, or this registration or patent number. He learns that, and not by whom, when, or anything of its
content; he cannot list titles. The salt differs from unit to unit, so marks of two units cannot be compared.
Must not know records, the store or the clock.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

from sync.domain.duplicates import Entry, fingerprint, lookup_keys

MARK = 4  # bytes


def keys_of(item: Entry) -> frozenset[str]:
    """What an item of the rules' shape is looked up by. Scans are left out: reuse is judged with the file in hand."""
    kind = str(item.get("kind") or "")
    return frozenset(f"{kind} {key}" for key in lookup_keys(item) if not key.startswith("file:"))


def publish(keys: Iterable[str], salt: bytes) -> dict[str, str]:
    """``{"salt", "marks"}`` as it travels: the salt in hex, the sorted marks in base64."""
    marks = sorted({_mark(key, salt) for key in keys})
    return {"salt": salt.hex(), "marks": base64.b64encode(b"".join(marks)).decode()}


class Known:
    """The marks a laptop holds; empty where the platform sent none, or none that can be read."""

    def __init__(self, sent: Mapping[str, Any] | None) -> None:
        self._salt, self._marks = b"", b""
        try:
            salt = bytes.fromhex(str((sent or {}).get("salt") or ""))
            marks = base64.b64decode(str((sent or {}).get("marks") or ""), validate=True)
        except (ValueError, binascii.Error):
            return
        if 16 <= len(salt) <= 64 and len(marks) % MARK == 0:
            self._salt, self._marks = salt, marks

    def __len__(self) -> int:
        return len(self._marks) // MARK

    def maybe(self, item: Entry) -> bool:
        """Whether another unit may have registered ``item``."""
        return bool(self._marks) and any(self._holds(_mark(key, self._salt)) for key in keys_of(item))

    def _holds(self, mark: bytes) -> bool:
        places = range(len(self))
        at = bisect_left(places, mark, key=lambda one: self._marks[one * MARK : one * MARK + MARK])
        return at < len(places) and self._marks[at * MARK : at * MARK + MARK] == mark


def _mark(key: str, salt: bytes) -> bytes:
    return bytes.fromhex(fingerprint(key, salt))[:MARK]
