"""The line between a laptop and the platform, in memory: the client's real requests, the platform's real answers.

``Wire`` is the product's ``Platform`` with only HTTP taken out: what it says is turned into JSON bytes and back, pages
are parsed, chained and their signatures checked, uploads go on at the platform's offset. Between asking and being
answered everything can happen that the world's profile allows.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, cast

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.json import decode, encode

from sync import errors
from sync.client import Platform
from sync.messages import Cursor
from sync.server import refill
from sync.server.held import Actor
from sync.server.ledger import Diverged
from sync.server.refusals import Refusal

if TYPE_CHECKING:
    from tests.sim.world import Laptop, World

KEY = Ed25519PrivateKey.from_private_bytes(b"a laptop's own key, 32 bytes long"[:32])


class Cut(Exception):
    """The line broke in the middle of a body."""


class Session:
    """A session that nothing is sent with."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}

    def mount(self, _scheme: str, _adapter: Any) -> None:
        """Nothing to put anywhere."""

    def close(self) -> None:
        """Nothing to close."""


class Answer:
    """An HTTP answer that came over no line: what the client reads of one."""

    def __init__(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.status_code, self.headers, self.body, self.raw = status, dict(headers or {}), body, self

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def stream(self, _size: int, decode_content: bool) -> list[bytes]:
        return [self.body]

    def close(self) -> None:
        """There is no connection."""

    drain_conn = release_conn = close


def refusal(error: Refusal) -> Answer:
    return Answer(error.status, encode(error.to_json()), {"Content-Type": "application/problem+json", **error.headers})


def now_run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the platform waits for something")


class Wire(Platform):
    """A laptop's platform. ``world`` decides about faults."""

    def __init__(self, world: World, laptop: Laptop) -> None:
        super().__init__("http://127.0.0.1:1", KEY, pinned=world.server.service.seal.jwk["x"])
        self.world, self.laptop = world, laptop

    def _json(self, method: str, path: str, body: Any = None, expect: tuple[str, ...] = ()) -> dict[str, Any]:
        text = encode(body).decode()
        name = path.rsplit("/", 1)[1]
        unit, device = self.laptop.unit, self.laptop.device

        def act() -> Answer:
            return answered(self.world, unit, device, name, text)

        found = self._line(name, act, (unit, device, name, text))
        content: dict[str, Any] = decode(found.body)
        if found.status_code == 200 or content.get("code") in expect:
            return content
        self._refuse(cast(requests.Response, found), content)

    def _send(self, method: str, path: str, data: Any, headers: Mapping[str, str]) -> Any:
        unit, device = self.laptop.unit, self.laptop.device
        cut, flip = -1, -1
        if data is not None:
            cut = self.world.place("cut_upload", len(data))
            flip = self.world.place("flip_upload", len(data))

        def act() -> Answer:
            try:
                return file_request(self.world, unit, device, method, path, data, headers, cut, flip)
            except Refusal as error:
                return refusal(error)

        return self._line(f"{method} file", act, None)

    def _line(self, name: str, act: Callable[[], Answer], again: Any) -> Answer:
        """One request: it, its answer, or neither may arrive; it may arrive twice, or again much later."""
        from tests.sim.world import knowing

        self.requests += 1
        with knowing(False):
            return self._through(name, act, again)

    def _through(self, name: str, act: Callable[[], Answer], again: Any) -> Answer:
        world = self.world
        world.meanwhile(self.laptop)
        if world.hit("lost_request"):
            world.note(f"    {self.laptop.name} {name}: request lost")
            raise errors.Offline("lost")
        if world.hit("trouble"):
            raise errors.ServerTrouble("503")
        answer = world.server.serve(act)
        if again is not None and world.hit("doubled"):
            world.note(f"    {self.laptop.name} {name}: doubled")
            answer = world.server.serve(act)
        if again is not None and world.hit("late"):
            world.late.append(again)
        if world.hit("lost_answer"):
            world.note(f"    {self.laptop.name} {name}: answer lost")
            raise errors.Offline("lost")
        world.meanwhile(self.laptop)
        return answer


def answered(world: World, unit: str, device: str, name: str, text: str) -> Answer:
    """What the platform's routes do, without HTTP."""
    try:
        value = _route(world, unit, device, name, decode(text))
    except Refusal as error:
        return refusal(error)
    return Answer(200, value if isinstance(value, bytes) else encode(value), {"Content-Type": "application/json"})


def _route(world: World, unit: str, device: str, name: str, body: dict[str, Any]) -> Any:
    service = world.server.service
    actor = Actor(f"联络员{device}", device, unit)
    if name == "pull":
        try:
            page = service.ledger.pull(unit, Cursor.from_json(body["cursor"]), want_after=body.get("want_after", ""))
        except Diverged as error:
            raise Refusal("diverged", epoch=error.epoch, head=[error.seq, error.chain, error.signature]) from None
        return page.encoded({} if page.more else service.news(unit, body["facts"]), service.ledger.clock())
    if name == "push":
        return {"results": service.ledger.push(actor, body["changes"])}
    if name == "rows":
        return {"chains": {str(seq): chain for seq, chain in service.ledger.chains(unit, body["seqs"]).items()}}
    if name == "missing":
        return {"missing": service.ledger.missing(unit, body["ids"])}
    assert name == "refill", name
    done = refill.take_back(service, actor, body)
    world.count("refilled", done["taken"])
    world.note(f"    refill of {len(body['rows'])} rows: {done}")
    return done


def file_request(
    world: World, unit: str, device: str, method: str, path: str, data: Any, headers: Mapping[str, str], cut: int, flip: int
) -> Answer:  # fmt: skip
    """What the routes of ``sync.server.files`` do, without HTTP."""
    uploads, blobs = world.server.service.uploads, world.server.service.blobs
    tags = {k: base64.b64decode(v).decode() for k, v in (one.split(" ") for one in headers.get("Upload-Metadata", "").split(",") if one)}
    sha256 = tags.get("sha256") or path.rsplit("/", 1)[1]
    if method == "GET":
        if not uploads.holds(unit, sha256):
            raise Refusal("not_found")
        return Answer(200, b"".join(blobs.read(sha256)), {"Content-Type": "application/octet-stream"})
    status = {"POST": 201, "HEAD": 200, "PATCH": 204}[method]
    if method == "POST":
        place = uploads.begin(unit, device, sha256, int(headers["Upload-Length"]), tags["filename"])
        if place.done:
            place = uploads.place(unit, sha256)
        elif place.offset == 0:
            place = _take(world, unit, sha256, place, data, cut, flip)
    else:
        place = uploads.place(unit, sha256)
        if method == "PATCH":
            if place.offset != int(headers["Upload-Offset"]):
                raise Refusal("upload_offset", headers={"Upload-Offset": str(place.offset)})
            place = _take(world, unit, sha256, place, data, cut, flip)
    return Answer(status, headers={"Upload-Offset": str(place.offset), "Location": f"/v1/files/{sha256}"})


def _take(world: World, unit: str, sha256: str, place: Any, data: Any, cut: int, flip: int) -> Any:
    async def pieces() -> AsyncIterator[bytes]:
        done = 0
        while piece := data.read(64):
            if done <= flip < done + len(piece):
                world.note(f"    a byte of {sha256[:8]} turned over")
                piece = piece[: flip - done] + bytes([piece[flip - done] ^ 1]) + piece[flip - done + 1 :]
            if 0 <= cut < done + len(piece):
                if cut > done:
                    yield piece[: cut - done]
                world.note(f"    upload of {sha256[:8]} cut at {place.offset + cut}")
                raise Cut
            yield piece
            done += len(piece)

    return now_run(world.server.service.uploads.receive(unit, sha256, place, pieces()))
