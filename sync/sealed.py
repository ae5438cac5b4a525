"""What everything that seals or proves data needs: a key for one purpose, a rename that lasts, a signature looked at.

Must not know what is sealed or signed, or where keys lie.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(key: bytes, purpose: bytes) -> bytes:
    """A 32-byte key for one purpose from a 32-byte secret (HKDF-SHA-256)."""
    return HKDF(SHA256(), 32, None, b"liaison:" + purpose).derive(key)


def signed(public: str, signature: str, message: bytes) -> bool:
    """Whether an Ed25519 key (base64url, as in a JWK) made this signature (base64url) of ``message``."""
    try:
        Ed25519PublicKey.from_public_bytes(_unb64(public)).verify(_unb64(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sync_folder(folder: Path) -> None:
    """Make a rename last: fsync the folder (Windows has no such call and needs none)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
