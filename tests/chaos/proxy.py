"""A bad line on loopback: reads whole requests and answers, and does to some of them what a seed says.

    cut_request   the platform gets the first bytes, then nothing      cut_answer   the laptop gets the first bytes
    cut_han       an answer ends within a Han character                lost_answer  the platform did it, nobody hears of it
    delay         a while late                                         twice        the request arrives a second time
    flip_request, flip_answer   one bit of the body is another         trouble      503 before, or after, the platform did it
    garbage       the page of a hotel's network, status 200            short        the answer says it is longer than it is

Faults strike bodies, not heads. One thread a connection; the draws are made under a lock, in the order requests come.
Knows HTTP/1.1 and nothing of the product.
"""

from __future__ import annotations

import contextlib
import random
import socket
import socketserver
import threading
import time
from collections import Counter
from typing import IO, Any

FAULTS = (
    "cut_request", "cut_answer", "cut_han", "lost_answer", "delay", "twice", "flip_request", "flip_answer", "trouble_before",
    "trouble_after", "garbage", "short",
)  # fmt: skip
HOTEL = "<html><title>上网认证</title>请先登录酒店网络。</html>".encode()


class _Gone(Exception):
    """This connection is over."""


class BadLine:
    """Stands before ``port`` of this machine. ``rate``: how many of a hundred requests something happens to."""

    def __init__(self, port: int, seed: int, rate: int) -> None:
        self.target, self.rate = port, rate
        self.struck: Counter[str] = Counter()
        self.requests = 0
        self._chance, self._lock = random.Random(f"line {seed}"), threading.Lock()
        line = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(_Gone, OSError, ValueError):
                    while True:
                        line._exchange(self.rfile, self.wfile, self.connection)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No new connections."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _draw(self) -> tuple[str, float]:
        """What happens to the next request, and a number for where."""
        with self._lock:
            self.requests += 1
            fault = self._chance.choice(FAULTS) if self._chance.randrange(100) < self.rate else ""
            self.struck[fault] += 1
            return fault, self._chance.random()

    def _exchange(self, reading: IO[bytes], writing: IO[bytes], line: socket.socket) -> None:
        """One request and its answer."""
        head, body = _message(reading)
        fault, where = self._draw()
        if fault == "delay":
            time.sleep(0.05 + 0.4 * where)
        if fault == "garbage":
            writing.write(_answer(200, HOTEL, "text/html; charset=utf-8"))
            return
        if fault == "trouble_before":
            writing.write(_answer(503, b"<html>503</html>", "text/html", "Retry-After: 0\r\n"))
            return
        if fault == "flip_request":
            body = _flipped(body, where)
        try:
            with socket.create_connection(("127.0.0.1", self.target), 20) as there:
                there.settimeout(60)
                if fault == "cut_request":
                    there.sendall((head + body)[: int((len(head) + len(body)) * where)])
                    raise _Gone
                there.sendall(head + body)
                told, said = _message(there.makefile("rb"), asked=head)
            if fault == "twice":
                with socket.create_connection(("127.0.0.1", self.target), 20) as again:
                    again.settimeout(60)
                    again.sendall(head + body)
                    _message(again.makefile("rb"), asked=head)
        except ConnectionRefusedError:
            writing.write(_answer(502, b"<html>502</html>", "text/html"))
            return
        if fault == "lost_answer":
            raise _Gone
        if fault == "trouble_after":
            writing.write(_answer(503, b"<html>503</html>", "text/html", "Retry-After: 0\r\n"))
            return
        self._tell(writing, line, told, said, fault, where)

    @staticmethod
    def _tell(writing: IO[bytes], line: socket.socket, head: bytes, body: bytes, fault: str, where: float) -> None:
        if fault == "flip_answer":
            body = _flipped(body, where)
        whole = head + body
        if fault == "cut_han":
            places = [at for at in range(len(body) - 1) if body[at] >= 0xE0 and body[at + 1] >= 0x80]
            whole = whole[: len(head) + 1 + places[int(where * len(places))]] if places else whole
        if fault in ("cut_answer", "cut_han"):
            writing.write(whole if fault == "cut_han" else whole[: int(len(whole) * where)])
            line.shutdown(socket.SHUT_RDWR)
            raise _Gone
        if fault == "short" and body:
            writing.write(whole[:-1])
            line.shutdown(socket.SHUT_RDWR)
            raise _Gone
        writing.write(whole)


def _message(reading: IO[bytes], asked: bytes = b"") -> tuple[bytes, bytes]:
    """A head with its empty line, and the body its length says."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = reading.readline(65_536)
        if not piece:
            raise _Gone
        head += piece
    if head.startswith(b"HTTP/1.1 100"):
        return _message(reading, asked)
    size = 0
    for one in head.lower().split(b"\r\n"):
        if one.startswith(b"content-length:"):
            size = int(one.split(b":")[1])
    if asked.startswith(b"HEAD ") or head.split(b" ", 2)[1:2] in ([b"204"], [b"304"]):
        size = 0
    body = reading.read(size)
    if len(body) < size:
        raise _Gone
    return head, body


def _flipped(body: bytes, where: float) -> bytes:
    if not body:
        return body
    at = int(where * len(body))
    return body[:at] + bytes([body[at] ^ (1 << int(where * 997) % 8)]) + body[at + 1 :]


def _answer(status: int, body: bytes, kind: str, more: str = "") -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def figures(line: BadLine) -> dict[str, Any]:
    """What happened, for a report."""
    return {"requests": line.requests, **{name: many for name, many in sorted(line.struck.items()) if name}}
