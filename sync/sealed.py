"""Two small things everything that seals data on disk needs: a key for one purpose, and a rename that lasts.

Must not know what is sealed or where keys lie.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(key: bytes, purpose: bytes) -> bytes:
    """A 32-byte key for one purpose from a 32-byte secret (HKDF-SHA-256)."""
    return HKDF(SHA256(), 32, None, b"liaison:" + purpose).derive(key)


def sync_folder(folder: Path) -> None:
    """Make a rename last: fsync the folder (Windows has no such call and needs none)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
