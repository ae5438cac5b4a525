"""The platform's HTTP face: routes under ``/v1``, each thin over the service.

Endpoints are async; what waits for the disk or the database runs in the thread pool. Every refusal is an RFC 9457
problem. Nothing here decides about records: the ledger does. Files come and go in ``files``.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sync.messages import MAX_CHANGES, MAX_PAGE_ROWS, OLDEST_CLIENT, PROTOCOL, TOO_OLD, BadMessage, Cursor
from sync.server import openapi, refill
from sync.server.accounts import Caller
from sync.server.database import now
from sync.server.files import TUS, Files
from sync.server.gate import Gate
from sync.server.held import Actor
from sync.server.ledger import Diverged
from sync.server.refusals import Refusal
from sync.server.service import Service
from sync.server.settings import Settings
from sync.server.wire import Marked, answer, read_json, refuse

MAX_IDS = 20_000  # of changes asked about in one request
MAX_REFILL = 64_000_000  # bytes of rows handed back in one request
MAX_PLACES = 2_000  # chain places asked about in one request


def create_app(service: Service | None = None) -> FastAPI:
    """The application over an opened platform; without one it opens what the environment names."""
    platform = service if service is not None else Service(Settings.from_environment())
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, title="成果转化平台", redirect_slashes=False)
    gate = Gate(platform.accounts, platform.seal)
    app.add_middleware(Marked, seal=platform.seal)
    _errors(app)
    public, sync, evidence = Public(app, platform, gate), Sync(platform, gate), Files(platform, gate)
    for method, path, act, name in (
        ("GET", "/v1/hello", public.hello, "hello"),
        ("POST", "/v1/enrol", public.enrol, "enrol"),
        ("POST", "/v1/sync/pull", sync.pull, "pull"),
        ("POST", "/v1/sync/push", sync.push, "push"),
        ("POST", "/v1/sync/missing", sync.missing, "missing"),
        ("POST", "/v1/sync/rows", sync.rows, "rows"),
        ("POST", "/v1/sync/refill", sync.refill, "refill"),
        ("GET", "/v1/records/{record_id}", sync.record, "record"),
        ("OPTIONS", "/v1/files", evidence.options, "tus_options"),
        ("OPTIONS", "/v1/files/{sha256}", evidence.options, "tus_options_of"),
        ("POST", "/v1/files", evidence.begin, "tus_begin"),
        ("POST", "/v1/files/{sha256}", evidence.part, "tus_part_by_post"),
        ("HEAD", "/v1/files/{sha256}", evidence.offset, "tus_offset"),
        ("PATCH", "/v1/files/{sha256}", evidence.part, "tus_part"),
        ("DELETE", "/v1/files/{sha256}", evidence.delete, "tus_delete"),
        ("GET", "/v1/files/{sha256}", evidence.read, "file"),
    ):
        app.add_api_route(path, act, methods=[method], **openapi.route(name))
    app.add_api_route("/openapi.json", public.description, methods=["GET"], include_in_schema=False, response_model=None)
    return app


def _errors(app: FastAPI) -> None:
    """Every way a request can fail, as a problem document."""

    @app.exception_handler(Refusal)
    async def _refused(request: Request, refusal: Refusal) -> Response:
        if request.url.path.startswith("/v1/files"):
            refusal.headers.setdefault("Tus-Resumable", TUS)
        return refuse(request, refusal)

    @app.exception_handler(HTTPException)
    async def _no_route(request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        return refuse(request, Refusal(code, headers=dict(error.headers or {})))


class Public:
    """What anybody may ask."""

    def __init__(self, app: FastAPI, platform: Service, gate: Gate) -> None:
        self.app, self.platform, self.gate = app, platform, gate
        self._document: dict[str, Any] | None = None

    async def hello(self, request: Request) -> Response:
        """Who this is; a captive portal cannot say it."""
        return answer(request, {
            "product": "liaison-platform", "protocol": PROTOCOL, "oldest_client": OLDEST_CLIENT, "time": now(),
            "platform": self.platform.seal.thumbprint,
        })  # fmt: skip

    async def enrol(self, request: Request) -> Response:
        """A one-time code for a device of the key that signed the request."""
        proof = self.gate.newcomer(request)
        body = await read_json(request, 20_000)
        key, code, laptop = body.get("key"), body.get("code"), body.get("laptop", "")
        if not isinstance(code, str) or not isinstance(laptop, str) or not isinstance(key, dict) or len(code) > 100:
            raise Refusal("bad_request", "code, key, laptop")
        if key.get("x") != proof.jwk["x"]:
            raise Refusal("bad_proof", "key")
        address = request.client.host if request.client is not None else ""
        return answer(request, await run_in_threadpool(self.platform.accounts.enrol, code, proof, laptop, address), 201)

    async def description(self, request: Request) -> Response:
        """The OpenAPI document, made when somebody first asks."""
        if self._document is None:
            self._document = openapi.document(self.app)
        return answer(request, self._document)


class Sync:
    """The unit's records: pull, push and the way back after a restored backup."""

    def __init__(self, platform: Service, gate: Gate) -> None:
        self.platform, self.gate, self.ledger = platform, gate, platform.ledger

    async def pull(self, request: Request) -> Response:
        """Rows after the cursor, small tables that changed, files still wanted."""
        caller = self.gate.caller(request)
        body = await read_json(request, 100_000)
        try:
            cursor = Cursor.from_json(body.get("cursor"))
        except BadMessage as error:
            raise Refusal("bad_request", str(error)) from None
        limit, known, pending = body.get("limit", MAX_PAGE_ROWS), body.get("facts", {}), body.get("pending", {})
        if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_PAGE_ROWS:
            raise Refusal("bad_request", "limit")
        want_after = body.get("want_after", "")
        if not isinstance(known, dict) or not isinstance(pending, dict) or not isinstance(want_after, str):
            raise Refusal("bad_request", "facts, pending, want_after")
        try:
            return answer(request, await run_in_threadpool(self._pulled, caller, cursor, limit, known, pending, want_after))
        except Diverged as error:
            head = [error.seq, error.chain, error.signature]
            raise Refusal("diverged", epoch=error.epoch, head=head) from None

    def _pulled(
        self, caller: Caller, cursor: Cursor, limit: int, known: dict[str, Any], pending: dict[str, Any], want_after: str
    ) -> bytes:
        page = self.ledger.pull(caller.unit, cursor, limit, want_after)
        tables = {} if page.more else self.platform.news(caller.unit, known)
        self.platform.accounts.heartbeat(caller, pending, str(pending.get("version", "")))
        return page.encoded(tables, now())

    async def push(self, request: Request) -> Response:
        """Changes, each decided on its own."""
        caller = self.gate.caller(request)
        body = await read_json(request)
        protocol, changes = body.get("protocol", PROTOCOL), body.get("changes")
        if not isinstance(protocol, int) or not isinstance(changes, list):
            raise Refusal("bad_request", "changes")
        if protocol < OLDEST_CLIENT:
            raise Refusal(TOO_OLD, oldest_client=OLDEST_CLIENT)
        if len(changes) > MAX_CHANGES:
            raise Refusal("too_many_changes", limit=MAX_CHANGES)
        return answer(request, {"results": await run_in_threadpool(self.ledger.push, _actor(caller), changes)})

    async def missing(self, request: Request) -> Response:
        """Which changes the platform has never seen."""
        caller = self.gate.caller(request)
        ids = (await read_json(request)).get("ids")
        if not isinstance(ids, list) or len(ids) > MAX_IDS or not all(isinstance(one, str) for one in ids):
            raise Refusal("bad_request", "ids")
        return answer(request, {"missing": await run_in_threadpool(self.ledger.missing, caller.unit, ids)})

    async def rows(self, request: Request) -> Response:
        """The platform's chain at some places."""
        caller = self.gate.caller(request)
        places = _places(await read_json(request, 100_000))
        found = await run_in_threadpool(self.ledger.chains, caller.unit, places)
        return answer(request, {"chains": {str(seq): chain for seq, chain in sorted(found.items())}})

    async def refill(self, request: Request) -> Response:
        """Rows a restored platform lost."""
        caller = self.gate.caller(request)
        body = await read_json(request, MAX_REFILL)
        return answer(request, await run_in_threadpool(refill.take_back, self.platform, _actor(caller), body))

    async def record(self, request: Request, record_id: str) -> Response:
        """One record of the own unit, with its version as ETag."""
        caller = self.gate.caller(request)
        found = await run_in_threadpool(self.ledger.record, caller.unit, record_id)
        if found is None:
            raise Refusal("not_found")
        tag = f'"{found["version"]}"'
        wanted, had = request.headers.get("if-match", "*"), request.headers.get("if-none-match", "")
        if wanted != "*" and tag not in [one.strip() for one in wanted.split(",")]:
            raise Refusal("precondition_failed", headers={"ETag": tag})
        if tag in [one.strip() for one in had.split(",")]:
            return Response(status_code=304, headers={"ETag": tag})
        return answer(request, found, headers={"ETag": tag})


def _actor(caller: Caller) -> Actor:
    return Actor(caller.name, caller.device, caller.unit)


def _places(body: dict[str, Any]) -> list[int]:
    """The seqs asked about: ``{"seqs": […]}`` or ``{"from", "to"}``."""
    seqs = body.get("seqs")
    if seqs is None:
        first, last = body.get("from"), body.get("to")
        good = isinstance(first, int) and isinstance(last, int) and 0 <= first <= last < 2**53
        seqs = list(range(first, min(last, first + MAX_PLACES - 1) + 1)) if good else None  # type: ignore[arg-type,operator,type-var]
    if not isinstance(seqs, list) or len(seqs) > MAX_PLACES:
        raise Refusal("bad_request", "seqs")
    if not all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 2**53 for one in seqs):
        raise Refusal("bad_request", "seqs")
    return seqs
