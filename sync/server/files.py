"""Evidence over HTTP: tus 1.0 under ``/v1/files`` and reading it back with ranges.

An upload's address is its digest, so there is nothing to remember after a crash. The address given at the beginning
carries a pass (``passes``), so a plain tus client can go on there, or begin again with the pass as its bearer token.
Deleting is refused: what was handed in stays. Only the caller's unit is looked at. This module must not know how
bytes are stored.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncIterator
from email.utils import formatdate

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse

from sync.server import passes
from sync.server.accounts import Caller
from sync.server.blobs import is_digest
from sync.server.gate import Gate
from sync.server.refusals import Refusal
from sync.server.service import Service
from sync.server.uploads import CHECKSUMS, Place

TUS = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration"
PART_TYPE = "application/offset+octet-stream"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


class Files:
    """The routes of evidence."""

    def __init__(self, platform: Service, gate: Gate) -> None:
        self.platform, self.gate, self.uploads = platform, gate, platform.uploads

    async def options(self, request: Request) -> Response:
        """What of tus is spoken here."""
        return Response(status_code=204, headers={
            "Tus-Resumable": TUS, "Tus-Version": TUS, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(self.uploads.limit()),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        })  # fmt: skip

    async def begin(self, request: Request) -> Response:
        """Begin an upload, or find a begun one; may carry the first part."""
        caller, brought = self.gate.uploader(request)
        _tus(request)
        length = _whole(request, "upload-length")
        tags = _metadata(request.headers.get("upload-metadata", ""))
        sha256 = tags.get("sha256", brought.sha256 if brought is not None else "")
        if not is_digest(sha256) or length < 1:
            raise Refusal("bad_request", "Upload-Metadata sha256, Upload-Length")
        if brought is not None and (brought.sha256, brought.length) != (sha256, length):
            raise Refusal("pass_over", "sha256, Upload-Length")
        given = brought or passes.issue(caller.device, sha256, length)
        filename = tags.get("filename", "")
        place = await run_in_threadpool(self.uploads.begin, caller.unit, caller.device, sha256, length, filename)
        if place.done:
            place = await run_in_threadpool(self.uploads.place, caller.unit, sha256)
        elif _has_part(request) and place.offset == 0:
            place = await _take(request, self.platform, caller.unit, sha256, place)
        return _at(place, 201, f"{sha256}?pass={given.text(self.platform.seal)}", given)

    async def offset(self, request: Request, sha256: str) -> Response:
        """How much is safe."""
        caller, brought = self._uploader(request, sha256)
        _tus(request)
        await self.uploads.take_over(caller.unit, _digest(sha256))
        return _at(await run_in_threadpool(self.uploads.place, caller.unit, sha256), 200, "", brought)

    async def part(self, request: Request, sha256: str) -> Response:
        """The next part, at the platform's offset; as a POST for clients on networks that know no PATCH."""
        caller, brought = self._uploader(request, sha256)
        if request.method != "PATCH" and request.headers.get("x-http-method-override", "").upper() != "PATCH":
            raise Refusal("method_not_allowed")
        _tus(request)
        if not _has_part(request):
            raise Refusal("bad_media_type", PART_TYPE)
        place = await run_in_threadpool(self.uploads.place, caller.unit, _digest(sha256))
        if place.offset != _whole(request, "upload-offset"):
            raise Refusal("upload_offset", headers={"Tus-Resumable": TUS, "Upload-Offset": str(place.offset)})
        return _at(await _take(request, self.platform, caller.unit, sha256, place), 204, "", brought)

    def _uploader(self, request: Request, sha256: str) -> tuple[Caller, passes.Pass | None]:
        """Who sends this file: a pass is good for its own only."""
        caller, brought = self.gate.uploader(request)
        if brought is not None and brought.sha256 != sha256:
            raise Refusal("pass_over", "sha256")
        return caller, brought

    async def delete(self, request: Request, sha256: str) -> Response:
        """Nothing that was handed in is deleted."""
        self.gate.caller(request)
        raise Refusal("not_deletable")

    async def read(self, request: Request, sha256: str) -> Response:
        """A file the unit has delivered, whole or a range."""
        caller = self.gate.caller(request)
        if not await run_in_threadpool(self.uploads.holds, caller.unit, _digest(sha256)):
            raise Refusal("not_found")
        try:
            size = await run_in_threadpool(self.platform.blobs.size, sha256)
        except FileNotFoundError:
            await run_in_threadpool(self.uploads.lost, sha256)
            raise Refusal("not_found") from None
        start, length = _range(request.headers.get("range", ""), size)
        whole = f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
        headers = {
            "Accept-Ranges": "bytes", "Content-Length": str(length), "ETag": f'"{sha256}"', "Repr-Digest": whole,
            "Cache-Control": "private, no-transform",
        }  # fmt: skip
        if (start, length) == (0, size):
            headers["Content-Digest"] = whole
        else:
            headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
        pieces = self.platform.blobs.read(sha256, start, length)
        return StreamingResponse(pieces, 206 if "Content-Range" in headers else 200, headers, "application/octet-stream")


async def _take(request: Request, platform: Service, unit: str, sha256: str, place: Place) -> Place:
    """Append the request's body; a line that breaks keeps what arrived."""
    try:
        checksum = request.headers.get("upload-checksum", "")
        return await platform.uploads.receive(unit, sha256, place, _pieces(request), checksum)
    except ClientDisconnect:
        raise Refusal("upload_busy") from None  # nobody is there to read it


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    async for piece in request.stream():
        if piece:
            yield piece


def _at(place: Place, status: int, where: str = "", brought: passes.Pass | None = None) -> Response:
    headers = {
        "Tus-Resumable": TUS, "Upload-Offset": str(place.offset), "Upload-Length": str(place.length), "Cache-Control": "no-store",
    }  # fmt: skip
    if where:
        headers["Location"] = f"/v1/files/{where}"
    if brought is not None and not place.done:
        headers["Upload-Expires"] = formatdate(brought.until, usegmt=True)
    return Response(status_code=status, headers=headers)


def _tus(request: Request) -> None:
    if request.headers.get("tus-resumable") != TUS:
        raise Refusal("tus_version", headers={"Tus-Version": TUS})


def _has_part(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == PART_TYPE


def _digest(sha256: str) -> str:
    if not is_digest(sha256):
        raise Refusal("not_found")
    return sha256


def _whole(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 16:
        raise Refusal("bad_request", name)
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """``Upload-Metadata``: names with base64 values."""
    tags = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            tags[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Refusal("bad_request", "Upload-Metadata") from None
    return tags


def _range(header: str, size: int) -> tuple[int, int]:
    """Start and length of a single range; the whole file where none (or several) is asked for."""
    found = _RANGE.match(header.strip())
    if found is None or not any(found.groups()):
        return 0, size
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        start = size - length
    else:
        start = int(first)
        length = min(int(last), size - 1) - start + 1 if last else size - start
    if start >= size or length < 1:
        raise Refusal("range_not_satisfiable", headers={"Content-Range": f"bytes */{size}"})
    return start, length
