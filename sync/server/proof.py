"""Proof of possession: every request is signed by the device's Ed25519 key (DPoP, RFC 9449).

A proof is a compact JWS bound to method, address, token and a nonce of the platform. Freshness comes from the nonce
alone; ``iat`` is ignored, so a laptop whose clock is days off works. The nonce is stateless and accepted for an
hour; within that hour a process remembers the proofs it has seen, so none is taken twice.
Only Ed25519 is spoken: the format is short enough to be read here, the cryptography is the library's.
This module must not know records, tokens' owners or the web framework.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from sync.messages import NONCE
from sync.server.refusals import Refusal
from sync.server.seal import KEPT, Seal, thumbprint, unb64, verify

MAX_PROOF = 4_000  # characters
MAX_SEEN = 200_000  # proofs remembered a process


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds: whose key, as a JWK and as its thumbprint."""

    jwk: dict[str, str]
    key: str


class Proofs:
    """Checks proofs and remembers those it has seen."""

    def __init__(self, seal: Seal) -> None:
        self.seal = seal
        self._seen: OrderedDict[str, float] = OrderedDict()

    def check(self, text: str, method: str, host: str, path: str, token: str = "") -> Proof:
        """The proof in a ``DPoP`` header, checked against the request. Raises Refusal."""
        head, claims, signature, signed = _parts(text)
        jwk = head.get("jwk")
        if head.get("typ") != "dpop+jwt" or head.get("alg") not in ("EdDSA", "Ed25519") or not _is_key(jwk):
            raise Refusal("bad_proof", "head")
        assert isinstance(jwk, dict)  # noqa: S101  _is_key looked
        if not verify(jwk, signature, signed):
            raise Refusal("bad_proof", "signature")
        nonce, jti = claims.get("nonce"), claims.get("jti")
        if not isinstance(nonce, str) or not self.seal.is_fresh(nonce):
            raise Refusal(NONCE, headers={"WWW-Authenticate": f'DPoP error="{NONCE}"'})
        if claims.get("htm") != method or not _is_here(claims.get("htu"), host, path):
            raise Refusal("bad_proof", "htm or htu")
        if token and not hmac.compare_digest(str(claims.get("ath", "")).encode(), token_hash(token).encode()):
            raise Refusal("bad_proof", "ath")
        if not isinstance(jti, str) or not 8 <= len(jti) <= 128:
            raise Refusal("bad_proof", "jti")
        key = thumbprint(jwk)
        self._once(f"{key}{jti}")
        return Proof({"kty": "OKP", "crv": "Ed25519", "x": jwk["x"]}, key)

    def _once(self, name: str) -> None:
        moment = time.monotonic()
        while self._seen and (len(self._seen) > MAX_SEEN or next(iter(self._seen.values())) < moment - KEPT - 600):
            self._seen.popitem(last=False)
        if name in self._seen:
            raise Refusal("replayed_proof")
        self._seen[name] = moment


def token_hash(token: str) -> str:
    """SHA-256 of a token, base64url: what the proof binds to."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def _parts(text: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    pieces = text.split(".")
    if not text or len(text) > MAX_PROOF or len(pieces) != 3:
        raise Refusal("bad_proof", "form")
    try:
        head, claims = (json.loads(unb64(piece)) for piece in pieces[:2])
        signature, signed = unb64(pieces[2]), f"{pieces[0]}.{pieces[1]}".encode("ascii")
    except (ValueError, RecursionError):
        raise Refusal("bad_proof", "form") from None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        raise Refusal("bad_proof", "form")
    return head, claims, signature, signed


def _is_key(jwk: Any) -> bool:
    return (
        isinstance(jwk, dict) and jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519"
        and isinstance(jwk.get("x"), str) and "d" not in jwk
    )  # fmt: skip


def _is_here(htu: Any, host: str, path: str) -> bool:
    """Host and path must be ours; the scheme may differ behind a proxy that ends TLS."""
    if not isinstance(htu, str) or "://" not in htu:
        return False
    there, slash, rest = htu.partition("://")[2].partition("/")
    return there.lower() == host.lower() and slash + rest.split("?")[0].split("#")[0] == path
