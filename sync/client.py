"""HTTP to the platform: the only place that speaks it. Says what went wrong in terms a person can act on.

Every request is signed with the device's Ed25519 key (DPoP, RFC 9449, with the platform's nonce, so the laptop's
clock does not matter). TLS is always verified, by the system's trust store; plain http only to this very machine.
Time-outs are for stalls (no byte moved), never for the whole of a slow transfer. An answer is believed only if it
is JSON, complete (Content-Digest) and not larger than agreed: a captive portal's page is seen for what it is.
Evidence goes by tus 1.0: the platform's offset decides, digest checked at the end. Retries are the engine's.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.utils import mktime_tz, parsedate_tz
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from sync import coding, errors
from sync.core.round import Diverged, Sent
from sync.messages import (
    DIVERGED,
    NONCE,
    PROTOCOL,
    REVOKED,
    TOO_OLD,
    WIPE,
    BadMessage,
    Change,
    Cursor,
    Page,
    head_text,
    wipe_text,
)
from sync.sealed import proof, public_jwk, signed

CONNECT, STALL = 10.0, 30.0
MOST_ANSWER = 64_000_000
PART = 8 << 20
LEAST_PART, QUICK = 1 << 16, 5.0  # a line that stalls gets smaller parts; one that takes a part in less seconds, larger ones
PIECE = 1 << 16
PLAINEST = coding.CODINGS[-1]  # what every platform reads
LEAST_BLOCK, BLOCK, PROMPT = 1 << 14, 1 << 18, 0.25
UNSENT = 1 << 14  # bytes the system may hold back before a line counts as stalled: megabytes of them looked like a dead line
LARGE = 1 << 16  # from here on it is noted before the first part where a file will stand: a cut must not cost that part
NOBODY = ("Connection refused", "WinError 10061")  # the machine is there and nothing listens: no other try soon will help
LONGEST_WAIT = 86_400.0  # seconds: whoever asks for more is asked again after a day
PORTAL = 511  # "sign in to this network": not the platform
_OF_GATEWAYS = (413, 429)  # said by what stands before the platform too, in words of its own
IDLE_PARTS = 4  # parts in a row after which the platform had no more than before: another round shall try


class Platform:
    """A platform at ``url``, spoken to with a device's ``key`` and ``token``. Not for use by several threads."""

    def __init__(
        self,
        url: str,
        key: Ed25519PrivateKey,
        token: str = "",
        nonce: str = "",
        authorities: str = "",
        pinned: str = "",
    ) -> None:
        """``authorities``: file of further certificate authorities; ``pinned``: the platform's public key (base64url)."""
        scheme, host, place = _address(url)
        local = is_loopback(host)
        if scheme == "http" and not local:
            raise errors.NeedsHttps(url[:80])
        self.url = f"{scheme}://{place}"
        self.nonce = nonce
        self.pinned = pinned
        self.requests = 0
        self.met = False  # whether it has answered yet
        self._key, self._token, self._authorities = key, token, authorities
        self._part = self._most = PART
        self._coding = coding.CODINGS[0]
        self._session = requests.Session()
        self._session.trust_env = not local  # proxies of the environment never apply to this machine itself
        self._session.auth = _as_it_is  # or a .netrc entry would replace our Authorization
        self._session.headers.clear()  # but for what old gateways want said, nothing that is understood by itself
        self._session.headers.update({"User-Agent": f"liaison-desk/{PROTOCOL}", "Accept-Encoding": coding.OFFERED, "Connection": "keep-alive"})
        self._session.mount(f"{scheme}://", _Verified(authorities) if scheme == "https" else _Wide())

    def beside(self) -> Platform:
        """Another connection to the same platform, for another thread."""
        other = Platform(self.url, self._key, self._token, self.nonce, self._authorities, self.pinned)
        other.met, other._part, other._most, other._coding = self.met, self._part, self._most, self._coding
        return other

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    # -- questions ---------------------------------------------------------------------------------------------

    def hello(self) -> dict[str, Any]:
        """Who is there: {"product", "protocol", "time", …}; ``NotThePlatform`` where it is something else."""
        body = self._json("GET", "/v1/hello")
        if body.get("product") != "liaison-platform":
            raise errors.NotThePlatform(self.url)
        return body

    def enrol(self, code: str, laptop: str) -> dict[str, Any]:
        """Spend a one-time code for this key; the same key may ask again where the answer was lost."""
        return self._json("POST", "/v1/enrol", {"code": code, "key": public_jwk(self._key), "laptop": laptop})

    def pull(
        self, cursor: Cursor, heartbeat: Mapping[str, Any], known: Mapping[str, str], unit: str, want_after: str = ""
    ) -> Page | Diverged:
        """The rows after ``cursor`` and the wanted digests after ``want_after``; ``known``: hashes of the small tables held here."""
        body = {"cursor": cursor.to_json(), "pending": dict(heartbeat), "facts": dict(known), "protocol": PROTOCOL}
        if want_after:
            body["want_after"] = want_after
        answer = self._json("POST", "/v1/sync/pull", body, expect=(DIVERGED,))
        if answer.get("code") == DIVERGED:
            head = answer.get("head")
            if not isinstance(head, list) or not head or not isinstance(head[0], int):
                raise errors.BadAnswer("head")
            return Diverged(str(answer.get("epoch", "")), head[0])
        try:
            page = Page.from_json(answer, cursor, want_after)
        except BadMessage as error:
            raise errors.BadAnswer(str(error)) from error
        self._proved(page, unit)
        return page

    def push(self, changes: Sequence[Change]) -> int:
        """Send changes; how many the platform answered for (seeing them in the feed is what counts)."""
        answer = self._json(
            "POST", "/v1/sync/push", {"changes": [one.to_json() for one in changes], "protocol": PROTOCOL}
        )
        results = answer.get("results")
        if not isinstance(results, list):
            raise errors.BadAnswer("results")
        answered = {one[0] for one in results if isinstance(one, list) and one and isinstance(one[0], str)}
        return sum(one.id in answered for one in changes)

    def chains(self, seqs: Sequence[int]) -> dict[int, str]:
        """The platform's chain at these places."""
        answer = self._json("POST", "/v1/sync/rows", {"seqs": list(seqs)})
        found = answer.get("chains")
        if not isinstance(found, dict):
            raise errors.BadAnswer("chains")
        return {seq: str(found[str(seq)]) for seq in seqs if str(seq) in found}

    def refill(self, rows: Sequence[Mapping[str, Any]], chain: str, head: Sequence[Any], after: Sequence[Any]) -> list[Any]:
        """Hand back rows a restored platform lost; returns where its feed then ended, [epoch, seq, chain].

        ``chain`` before the first row; ``head``: [epoch, seq, chain, signature] the platform once gave at the last;
        ``after``: the place in its present feed that must be there still, so that what is handed back keeps its order.
        """
        body = {"rows": list(rows), "chain": chain, "epoch": head[0], "head": list(head[1:]), "after": list(after)}
        try:
            return Cursor.from_json(self._json("POST", "/v1/sync/refill", body).get("head")).to_json()
        except BadMessage as error:
            raise errors.BadAnswer(str(error)) from error

    # -- files -------------------------------------------------------------------------------------------------

    def upload(
        self, sha256: str, size: int, name: str, place: str, read: Callable[[int], Iterator[bytes]],
        progress: Callable[[str, int], None], stop: Callable[[], bool],
    ) -> Sent:  # fmt: skip
        """Send a file by tus, going on at the platform's offset. ``progress(place, offset)`` after each part."""
        offset = self._offset(place) if place else None
        if offset:
            progress(place, offset)
        moved = resent = 0
        furthest, idle, forgotten = offset or 0, 0, 0
        while offset is None or offset < size:
            if stop() or IDLE_PARTS in (idle, forgotten):
                return Sent(False, moved, resent)
            start = offset or 0
            length = min(self._part, size - start)
            body = _Body(read(start), length, stop)
            headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
            if offset is None and size > LARGE:
                progress(f"/v1/files/{sha256}", 0)
            with self._suited():
                if offset is None:
                    answer = self._send("POST", "/v1/files", body, {**headers, **_announced(sha256, size, name)})
                else:
                    answer = self._send("PATCH", place, body, {**headers, "Upload-Offset": str(start)})
            moved += body.given
            if answer.status_code == 200 and "Upload-Offset" not in answer.headers:
                self._refuse(answer)  # the page of a network that wants somebody to sign in
            _released(answer)
            if answer.status_code in (404, 410) and offset is not None:
                offset, place = None, ""  # the platform forgot the begun upload: begin anew
                furthest, forgotten = 0, forgotten + 1
                continue
            if answer.status_code == 404 or answer.status_code == 460:
                return Sent(False, moved, resent)
            if answer.status_code == 413 and length > LEAST_PART and not _of_the_platform(answer):
                answer.close()  # something on the way takes no body as large as this one
                self._part = self._most = max(LEAST_PART, length // 4)
                offset = self._offset(place) if place else None
                continue
            if answer.status_code not in (200, 201, 204, 409):
                self._refuse(answer)
            place = answer.headers.get("Location", place)
            first = answer.status_code == 201  # a platform that takes no first part with the beginning need not say so
            reached = _number(answer.headers.get("Upload-Offset", "0" if first else None))
            if reached > size:
                raise errors.BadAnswer("Upload-Offset")
            resent += max(0, start + body.given - reached)
            offset = reached
            furthest, idle = max(furthest, reached), 0 if reached > furthest else idle + 1
            progress(place, offset)
        return Sent(True, moved, resent)

    @contextmanager
    def _suited(self) -> Iterator[None]:
        """Parts suit the line: what is on its way when a slow line is given up is small."""
        began = time.monotonic()
        try:
            yield
        except errors.LineBroke:
            self._part = max(LEAST_PART, self._part // 16)
            raise
        if time.monotonic() - began < QUICK:
            self._part = min(self._most, self._part * 4)

    def begin(self, sha256: str, size: int, name: str) -> tuple[str, int]:
        """Begin an upload that another program is to do: its address, which carries the pass, and what is there already."""
        answer = self._send("POST", "/v1/files", b"", {"Tus-Resumable": "1.0.0", **_announced(sha256, size, name)})
        if answer.status_code != 201:
            self._refuse(answer)
        _released(answer)
        return urljoin(self.url, answer.headers.get("Location", "")), _number(answer.headers.get("Upload-Offset"))

    def fetch(self, sha256: str, start: int = 0) -> Iterator[bytes]:
        """A file of the own unit from byte ``start`` on, in pieces; whether it is the right one its reader checks.

        Raises:
            LineBroke: the line broke in between; what came is good and another call goes on from there.
        """
        wanted = {"Accept": "*/*", "Accept-Encoding": "identity", "Range": f"bytes={start}-"}
        answer = self._send("GET", f"/v1/files/{sha256}", None, wanted)
        if answer.status_code not in (200, 206) or answer.headers.get("Content-Type") != "application/octet-stream":
            self._refuse(answer)
        skipped = start if answer.status_code == 200 else 0  # a platform may know no ranges
        with answer:
            try:
                for piece in answer.raw.stream(PIECE, decode_content=False):
                    if piece[skipped:]:
                        yield piece[skipped:]
                    skipped = max(0, skipped - len(piece))
            except (requests.exceptions.RequestException, HTTPError, OSError) as error:
                raise errors.LineBroke("cut") from error

    def _offset(self, place: str) -> int | None:
        answer = self._send("HEAD", place, None, {"Tus-Resumable": "1.0.0"})
        _released(answer)
        if answer.status_code in (404, 410):
            return None
        if answer.status_code not in (200, 204):
            self._refuse(answer)
        return _number(answer.headers.get("Upload-Offset"))

    # -- the request -------------------------------------------------------------------------------------------

    def _json(self, method: str, path: str, body: Any = None, expect: tuple[str, ...] = ()) -> dict[str, Any]:
        data, headers = None, {}
        if body is not None:
            data = msgspec.json.encode(body)
            headers = {"Content-Type": "application/json"}
            if len(data) > 1400:
                data = coding.pack(data, self._coding)
                headers["Content-Encoding"] = self._coding
            headers["Content-Digest"] = f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"
        answer = self._send(method, path, data, headers)
        found = _parse(answer, self.url)
        self.met = True
        if answer.status_code == 200 or answer.status_code == 201:
            return found
        if found.get("code") in expect:
            return found
        if found.get("code") == "bad_encoding" and headers.get("Content-Encoding", PLAINEST) != PLAINEST:
            self._coding = PLAINEST
            return self._json(method, path, body, expect)
        self._refuse(answer, found)

    def _send(self, method: str, path: str, data: Any, headers: Mapping[str, str]) -> requests.Response:
        target = _target(self.url, path)
        if _host(target) != _host(self.url):
            raise errors.NotThePlatform(_host(target))
        for last in (False, True):
            sent = _Body(iter((data,)), len(data)) if isinstance(data, bytes) and len(data) > LEAST_BLOCK else data
            answer = self._once(method, target, sent, headers)
            self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
            if answer.status_code != 401:
                break
            refusal = _parse(answer, self.url)
            if last or refusal.get("code") != NONCE or (isinstance(data, _Body) and not data.again()):
                self._refuse(answer, refusal)
        return answer

    def _once(self, method: str, target: str, data: Any, headers: Mapping[str, str]) -> requests.Response:
        signed = {**headers, "DPoP": proof(self._key, method, target, self.nonce, self._token)}
        if self._token:
            signed["Authorization"] = f"DPoP {self._token}"
        self.requests += 1
        try:
            answer = self._session.request(
                method, target, data=data, headers=signed, timeout=(CONNECT, STALL), allow_redirects=False, stream=True
            )
        except requests.exceptions.SSLError as error:
            text = str(error)
            if "not yet valid" in text or "expired" in text:
                raise errors.ClockWrong(f"{datetime.now():%Y-%m-%d %H:%M}") from error
            raise errors.CertificateRefused(self.url) from error
        except requests.exceptions.ProxyError as error:
            if "407" in str(error):
                raise errors.ProxyRefused(self._proxy(target)) from error
            raise errors.Offline(f"{self._proxy(target)} → {self.url}") from error
        except (requests.exceptions.RequestException, OSError) as error:
            nobody = any(word in str(error) for word in NOBODY)
            raise (errors.Offline if nobody else errors.LineBroke)(self.url) from error
        except ValueError as error:  # requests looks at where it is sent on to, also where it shall not follow
            raise errors.NotThePlatform(self.url) from error
        if 300 <= answer.status_code < 400:
            answer.close()
            raise errors.NotThePlatform(_host(answer.headers.get("Location", "")) or self.url)
        return answer

    def _proxy(self, target: str) -> str:
        """The proxy a request goes through, without user name and password."""
        chosen = requests.utils.select_proxy(target, requests.utils.get_environ_proxies(target)) or ""
        return urlsplit(chosen if "://" in chosen else f"http://{chosen}").netloc.rpartition("@")[2]

    def _refuse(self, answer: requests.Response, found: Mapping[str, Any] | None = None) -> NoReturn:
        """Turn a refusal into what a person or the engine acts on."""
        body = found if found is not None else _parse(answer, self.url)
        code, detail = (
            str(body.get("code", answer.status_code)),
            str(body.get("detail") or body.get("title") or "")[:300],
        )
        if code == WIPE and self._ordered(str(body.get("order", ""))):
            raise errors.WipeOrdered(detail)
        if code == "not_enrolled":
            raise errors.DeviceUnknown(detail)
        if code in (REVOKED, WIPE):
            raise errors.DeviceClosed(detail)
        if code == TOO_OLD:
            raise errors.TooOld(detail)
        if code.startswith("code_"):
            refused = errors.CodeRefused(detail)
            refused.detail_en = str(body.get("title_en") or "")[:300]
            raise refused
        if answer.status_code == 407:
            raise errors.ProxyRefused(self._proxy(self.url))
        raise _trouble(answer, code)

    def _ordered(self, order: str) -> bool:
        """Whether the platform itself, and not somebody on the line, orders this laptop to erase what it holds."""
        token = hashlib.sha256(self._token.encode()).hexdigest()
        return bool(self.pinned) and signed(self.pinned, order, wipe_text(token))

    def _proved(self, page: Page, unit: str) -> None:
        """A page's head must bear the platform's signature: rows that do not lead to it are not believed."""
        if self.pinned and not head_signed(self.pinned, unit, page.epoch, page.head):
            raise errors.NotThePlatform("signature")


class _Body:
    """A request body of known length read from an iterator; stops early by failing, so the offset decides later."""

    def __init__(self, pieces: Iterator[bytes], length: int, stop: Callable[[], bool] = bool) -> None:
        self._pieces, self._length, self._stop = pieces, length, stop
        self._rest = memoryview(b"")
        self._block, self._at = LEAST_BLOCK, time.monotonic()
        self.given = 0

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        if self._stop():
            raise OSError("stopped")
        want = min(self._block if size < 0 else min(size, self._block), self._length - self.given)
        # the system's time-out holds for a whole block: it may be large only where more than it keeps back went out in no time
        at, self._at = self._at, time.monotonic()
        self._block = LEAST_BLOCK if self._at - at > PROMPT or self.given < BLOCK else BLOCK
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        # a view, and a short piece at the end of it: cutting the bytes copied a megabyte for every 16 kB sent
        out, self._rest = bytes(self._rest[:want]), self._rest[want:]
        self.given += len(out)
        return out

    def again(self) -> bool:
        """Whether nothing was read yet, so the request may be repeated as it is."""
        return self.given == 0


class _Wide(HTTPAdapter):
    """Files leave in pieces of 256 kB instead of 16, and the system keeps little back."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        return super().init_poolmanager(*args, blocksize=BLOCK, socket_options=_options(), **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The same behind a proxy."""
        return super().proxy_manager_for(*args, blocksize=BLOCK, socket_options=_options(), **kwargs)


class _Verified(_Wide):
    """TLS by the system's trust store, plus an office's own authority."""

    def __init__(self, authorities: str) -> None:
        self._authorities = authorities
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        return super().init_poolmanager(*args, ssl_context=self._context(), **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Behind a proxy the platform's certificate is checked in the same way."""
        return super().proxy_manager_for(*args, ssl_context=self._context(), **kwargs)

    def _context(self) -> Any:
        import ssl

        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._authorities:
            try:
                context.load_verify_locations(self._authorities)
            except (OSError, ssl.SSLError) as error:
                raise errors.CertificateRefused(self._authorities) from error
        return context


def _options() -> list[Any]:
    """urllib3's socket options and, where the system has it (Linux, macOS), the limit of what is kept back unsent."""
    lowat = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    return [*HTTPConnection.default_socket_options, *([(socket.IPPROTO_TCP, lowat, UNSENT)] if lowat is not None else [])]


def _address(url: str) -> tuple[str, str, str]:
    """(scheme, host, host with port) of an address as people type it."""
    try:
        parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise errors.NotThePlatform(url[:80]) from error
    if parts.scheme not in ("https", "http") or not host or any(char.isspace() or char == "@" for char in parts.netloc):
        raise errors.NotThePlatform(url.rpartition("@")[2][:80])  # a password does not belong here nor into a message
    return parts.scheme, host, parts.netloc


def _host(address: str) -> str:
    """Host and port of an address somebody else wrote; empty where it is none."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def _target(base: str, path: str) -> str:
    """Where ``path`` leads from ``base``; an address that is none leads nowhere."""
    try:
        return urljoin(base, path)
    except ValueError:
        return ""


def _trouble(answer: requests.Response, code: str = "") -> errors.ServerTrouble:
    """A refusal that is not for a person to act on, with the wait that was asked for."""
    status = str(answer.status_code)
    kind = {"413": errors.TooLarge, "507": errors.PlatformFull}.get(status, errors.ServerTrouble)
    trouble = kind(status if code in ("", status) else f"{status} {code}")
    trouble.status, trouble.retry_after = answer.status_code, _asked_to_wait(answer.headers)
    if trouble.retry_after and trouble.retry_after > 60:
        minutes = round(trouble.retry_after / 60)
        trouble.instead = (
            f"已保存在本机。平台请大家过 {minutes} 分钟再来。",
            f"Everything is saved here. The platform asks to be left alone for {minutes} minutes.",
        )
    return trouble


def _asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of ``Retry-After``: a number, or an instant by the clock of whoever answered; a day at the most."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), LONGEST_WAIT))
    until, at = _instant(text), _instant(headers.get("Date", ""))
    return None if until is None else min(max(0.0, until - (time.time() if at is None else at)), LONGEST_WAIT)


def _instant(text: str) -> float | None:
    try:
        parts = parsedate_tz(text)
        return None if parts is None else float(mktime_tz(parts))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def head_signed(public: str, unit: str, epoch: str, head: Sequence[Any]) -> bool:
    """Whether the platform's signature stands under a feed head (seq, chain, signature)."""
    return signed(public, str(head[2]), head_text(unit, epoch, int(head[0]), str(head[1])))


def _announced(sha256: str, size: int, name: str) -> dict[str, str]:
    """The headers that begin an upload."""
    tags = {"sha256": sha256, "filename": name, "filetype": "application/octet-stream"}  # some tus servers insist on a type
    listed = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in tags.items())
    return {"Upload-Length": str(size), "Upload-Metadata": listed}


def _released(answer: requests.Response) -> None:
    """Nobody reads on, unless it is a refusal: an answer without a body leaves its connection for the next request."""
    if answer.status_code < 300 and answer.headers.get("Content-Length", "0") == "0":
        answer.raw.drain_conn()
        answer.raw.release_conn()
    elif answer.status_code < 300 or answer.status_code in (404, 409, 410, 460):
        answer.close()


def _of_the_platform(answer: requests.Response) -> bool:
    """Whether a refusal is a problem document, and not a gateway's page."""
    return answer.headers.get("Content-Type", "").lower().startswith("application/problem+json")


def _parse(answer: requests.Response, url: str) -> dict[str, Any]:
    """An answer's JSON object; not JSON, cut or altered bodies are told apart."""
    kind = answer.headers.get("Content-Type", "").split(";")[0].strip()
    with answer:
        if kind.lower() not in ("application/json", "application/problem+json"):
            if answer.status_code in _OF_GATEWAYS or (answer.status_code >= 500 and answer.status_code != PORTAL):
                raise _trouble(answer)
            raise errors.NotThePlatform(f"{url} ({kind or 'no type'})")
        try:
            body = msgspec.json.decode(_whole(answer, MOST_ANSWER))
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise errors.BadAnswer("JSON") from error
    if not isinstance(body, dict):
        raise errors.BadAnswer("JSON")
    return body


def _whole(answer: requests.Response, most: int) -> bytes:
    """The decoded body, at most ``most`` bytes, checked against its Content-Digest (of the bytes as sent)."""
    raw = hashlib.sha256()
    try:
        unpacking = coding.Unpacking(answer.headers.get("Content-Encoding", "").strip().lower(), most)
        for piece in answer.raw.stream(PIECE, decode_content=False):
            raw.update(piece)
            unpacking.take(piece)
    except coding.BadCoding as error:
        raise errors.BadAnswer(str(error)) from error
    except coding.TooLarge as error:
        raise errors.BadAnswer("too large") from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise errors.BadAnswer("cut") from error
    except HTTPError as error:
        raise errors.LineBroke("cut") from error
    stated = answer.headers.get("Content-Digest", "")
    if stated.startswith("sha-256=:") and stated[9:-1] != base64.b64encode(raw.digest()).decode():
        raise errors.BadAnswer("digest")
    if not unpacking.whole:
        raise errors.BadAnswer("cut")
    return bytes(unpacking.out)


def _number(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 16:
        raise errors.BadAnswer("Upload-Offset")
    return int(text)
