"""What everything that seals or proves data needs: a key for one purpose, a rename that lasts, a proof of
possession made, a signature looked at.

Must not know what is sealed or signed, or where keys lie.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
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


def public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    """The public half as a JWK (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": _b64(key.public_key().public_bytes_raw())}


def proof(key: Ed25519PrivateKey, method: str, target: str, nonce: str, token: str) -> str:
    """A DPoP proof for one request: compact JWS, EdDSA, bound to method, address, nonce and token."""
    head = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": public_jwk(key)}
    claims: dict[str, Any] = {"jti": uuid.uuid4().hex, "htm": method, "htu": target.split("?")[0], "iat": 0}
    if nonce:
        claims["nonce"] = nonce
    if token:
        claims["ath"] = _b64(hashlib.sha256(token.encode()).digest())
    text = ".".join(_b64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    return f"{text}.{_b64(key.sign(text.encode()))}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


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
