"""Who asks, and how often: turns a request into a caller, or refuses it.

The token finds the device, the proof shows that the device's key is there, and a bucket of requests a device keeps
one broken laptop from taking the platform away from the others. For the upload of one file an upload pass stands in
the proof's place, over TLS or on this very machine. This module must not know records or files.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict

from starlette.requests import Request

from sync.server import passes
from sync.server.accounts import Accounts, Caller
from sync.server.proof import Proof, Proofs
from sync.server.refusals import Refusal
from sync.server.seal import Seal

PER_SECOND = 40.0  # requests a device, sustained
BURST = 400.0
MAX_BUCKETS = 10_000


class Gate:
    """Checks proofs, tokens and rates for the routes."""

    def __init__(self, accounts: Accounts, seal: Seal) -> None:
        self.accounts = accounts
        self.proofs = Proofs(seal)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def caller(self, request: Request) -> Caller:
        """The device behind a request. Raises Refusal."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "dpop" or not token.strip():
            raise Refusal("not_enrolled", headers={"WWW-Authenticate": 'DPoP algs="EdDSA"'})
        proof = self._proof(request, token.strip())
        caller = self.accounts.caller(token.strip(), proof.key)
        self._rate(caller.device)
        return caller

    def uploader(self, request: Request) -> tuple[Caller, passes.Pass | None]:
        """The device behind an upload's request, and the pass where that is what it came with. Raises Refusal."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        text = token.strip() if scheme.lower() == "bearer" else "" if scheme else request.query_params.get("pass", "")
        if not text:
            return self.caller(request), None
        found = passes.read(text, self.accounts.seal)
        if found is None:
            raise Refusal("pass_over", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if request.url.scheme != "https" and not _is_local(request):
            raise Refusal("pass_in_the_open")
        caller = self.accounts.holder(found.device)
        self._rate(caller.device)
        return caller, found

    def newcomer(self, request: Request) -> Proof:
        """The key behind a request that has no token yet (enrolment). Raises Refusal."""
        return self._proof(request, "")

    def _proof(self, request: Request, token: str) -> Proof:
        given = request.headers.getlist("dpop")
        if len(given) > 1:
            raise Refusal("bad_proof", "several")
        host = request.headers.get("host", "")
        return self.proofs.check(given[0] if given else "", request.method, host, request.url.path, token)

    def _rate(self, device: str) -> None:
        moment = time.monotonic()
        left, last = self._buckets.pop(device, (BURST, moment))
        left = min(BURST, left + (moment - last) * PER_SECOND)
        if len(self._buckets) >= MAX_BUCKETS:
            self._buckets.popitem(last=False)
        self._buckets[device] = (max(0.0, left - 1), moment)
        if left < 1:
            raise Refusal("too_many_requests", headers={"Retry-After": "1"})


def _is_local(request: Request) -> bool:
    """Whether this very machine asks."""
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
