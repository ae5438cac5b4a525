"""The platform's own keys: the Ed25519 key that signs feed heads, and the secret behind its nonces.

Both are made once and live in the database, so a restored backup still recognises receipts it gave before. The
public key is handed out at enrolment; its RFC 7638 thumbprint is what people compare.
This module must not know requests, units or records.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import insert, select

from sync.messages import head_text, wipe_text
from sync.server.database import Database
from sync.server.schema import secret

BUCKET = 600  # seconds a nonce is handed out for
KEPT = 3600  # seconds a nonce is accepted for


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Back from ``b64``. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_jwk(raw: bytes) -> dict[str, str]:
    """A 32-byte Ed25519 public key as a JWK (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638 SHA-256 thumbprint of an OKP key. Raises KeyError."""
    kept = {name: jwk[name] for name in ("crv", "kty", "x")}
    return b64(hashlib.sha256(json.dumps(kept, separators=(",", ":"), sort_keys=True).encode()).digest())


class Seal:
    """Signs heads and makes nonces. One per process; every worker of a platform has the same keys."""

    def __init__(self, database: Database) -> None:
        with database.write() as connection:
            found = {row.name: bytes(row.value) for row in connection.execute(select(secret))}
            for name in ("signing", "nonce", "salt"):
                if name not in found:
                    found[name] = secrets.token_bytes(32)
                    connection.execute(insert(secret).values(name=name, value=found[name]))
        self._key = Ed25519PrivateKey.from_private_bytes(found["signing"])
        self._nonce = found["nonce"]
        self.salt = found["salt"]
        self.jwk = public_jwk(self._key.public_key().public_bytes_raw())
        self.thumbprint = thumbprint(self.jwk)
        self.sign_head = lru_cache(512)(self._sign_head)

    def _sign_head(self, unit: str, epoch: str, seq: int, chain: str) -> str:
        """The receipt for a unit's feed up to ``seq``, base64url."""
        return b64(self._key.sign(head_text(unit, epoch, seq, chain)))

    def sign_wipe(self, token: str) -> str:
        """The order to erase the device whose token has this SHA-256, base64url: nobody else on the line can give it."""
        return b64(self._key.sign(wipe_text(token)))

    def unit_key(self, unit: str) -> str:
        """The key of a unit's rescue parcels (64 hex characters): its laptops and the platform share it."""
        return hmac.new(self._nonce, f"parcel:{unit}".encode(), hashlib.sha256).hexdigest()

    def mark_of(self, purpose: str, text: str) -> str:
        """A keyed hash of a text, base64url: that this platform made it, for this purpose."""
        return b64(hmac.digest(self._nonce, f"{purpose}:{text}".encode(), "sha256"))

    def known_salt(self, unit: str) -> bytes:
        """What a unit's marks of other units' items are keyed with; another for each unit."""
        return hmac.digest(self._nonce, f"known:{unit}".encode(), "sha256")

    def signed(self, unit: str, epoch: str, seq: int, chain: str, signature: str) -> bool:
        """Whether this platform signed that head."""
        try:
            self._key.public_key().verify(unb64(signature), head_text(unit, epoch, seq, chain))
        except (InvalidSignature, ValueError):
            return False
        return True

    def nonce(self, moment: float | None = None) -> str:
        """The nonce of this ten-minute stretch; no memory is needed to know it again."""
        return self._mark(int((time.time() if moment is None else moment) // BUCKET))

    def is_fresh(self, nonce: str, moment: float | None = None) -> bool:
        """Whether a nonce was handed out within the last hour."""
        bucket = int((time.time() if moment is None else moment) // BUCKET)
        return any(hmac.compare_digest(self._mark(one), nonce) for one in range(bucket, bucket - KEPT // BUCKET - 1, -1))

    def _mark(self, bucket: int) -> str:
        return b64(hmac.digest(self._nonce, bucket.to_bytes(8, "big"), "sha256")[:18])


def verify(jwk: dict[str, Any], signature: bytes, message: bytes) -> bool:
    """Whether an OKP key made this signature."""
    try:
        Ed25519PublicKey.from_public_bytes(unb64(jwk["x"])).verify(signature, message)
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True
