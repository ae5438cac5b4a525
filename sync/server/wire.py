"""Bodies on the wire: read with limits and checked, answered compressed and with their digest.

What comes in may be packed (``coding``) and may state a Content-Digest (RFC 9530), which is then checked over the bytes as sent;
what goes out has one, and is packed where the laptop accepts it and it pays. JSON is strict: no NaN, no broken text.
Every answer carries a fresh nonce. This module must not know routes or what a body means.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync import coding
from sync.errors import is_full
from sync.messages import MAX_PUSH_BYTES, canonical
from sync.server.refusals import Refusal
from sync.server.seal import Seal

log = logging.getLogger("liaison.server")
SMALL = 1_000  # bytes under which compressing costs more than it saves
MAX_BODY = 2 * MAX_PUSH_BYTES  # unpacked


def digest_header(data: bytes) -> str:
    """``Content-Digest`` of these bytes."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def stated_digest(header: str) -> bytes | None:
    """The SHA-256 a ``Content-Digest`` header states, or None where it states none."""
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "sha-256" and len(value) > 2 and value[0] == value[-1] == ":":
            try:
                return base64.b64decode(value[1:-1], validate=True)
            except ValueError:
                raise Refusal("digest_mismatch", "Content-Digest") from None
    return None


async def read_json(request: Request, limit: int = MAX_BODY) -> dict[str, Any]:
    """The JSON object of a request. Raises Refusal: too large, damaged, not JSON, not an object."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal("bad_media_type", "application/json")
    raw = await _read(request, limit)
    stated = stated_digest(request.headers.get("content-digest", ""))
    if stated is not None and stated != hashlib.sha256(raw).digest():
        raise Refusal("digest_mismatch")
    data = _unpack(raw, request.headers.get("content-encoding", "identity").strip().lower(), limit)
    try:
        body = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Refusal("bad_json") from None
    if not isinstance(body, dict):
        raise Refusal("bad_request", "object")
    return body


async def _read(request: Request, limit: int) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise Refusal("body_too_large", limit=limit)
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise Refusal("body_too_large", limit=limit)
        pieces.append(piece)
    return b"".join(pieces)


def _unpack(raw: bytes, encoding: str, limit: int) -> bytes:
    if encoding in ("", "identity"):
        return raw
    try:
        unpacking = coding.Unpacking(encoding, limit)
        unpacking.take(raw)
    except coding.BadCoding as error:
        raise Refusal("bad_encoding", str(error), headers={"Accept-Encoding": coding.OFFERED}) from None
    except coding.TooLarge:
        raise Refusal("body_too_large", limit=limit) from None
    if not unpacking.whole:
        raise Refusal("bad_json", encoding)
    return bytes(unpacking.out)


def answer(
    request: Request, value: Any, status: int = 200, headers: dict[str, str] | None = None, kind: str = "application/json"
) -> Response:
    """An answer: a JSON value, or bytes that are JSON already."""
    data = value if isinstance(value, bytes) else canonical(value)
    given = {"Content-Type": kind, "Cache-Control": "no-store", **(headers or {})}
    packed = coding.chosen(request.headers.get("accept-encoding", "")) if len(data) > SMALL else ""
    if packed:
        data = coding.pack(data, packed)
        given["Content-Encoding"] = packed
    given["Content-Digest"] = digest_header(data)
    return Response(data, status, given)


def refuse(request: Request, refusal: Refusal) -> Response:
    """The problem document of a refusal."""
    return answer(request, refusal.to_json(), refusal.status, refusal.headers, "application/problem+json")


class Marked:
    """Puts a fresh nonce on every answer, also on those no route made.

    An error nobody foresaw becomes a problem document without details; its trace goes to the log.
    """

    def __init__(self, app: ASGIApp, seal: Seal) -> None:
        self.app = app
        self.seal = seal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application with marked answers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], (b"dpop-nonce", self.seal.nonce().encode())]
            await send(message)

        try:
            await self.app(scope, receive, marked)
        except Exception as error:  # the last resort: whoever asked gets an answer, and the trace is kept
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await refuse(Request(scope), Refusal("no_room" if is_full(error) else "internal"))(scope, receive, marked)
