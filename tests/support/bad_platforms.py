"""Things that are not the platform, or a platform gone wrong: loopback servers that answer exactly what a test says.

One thread each, one connection at a time; a request is read to its end before it is answered. ``asked`` keeps the
request lines. Nothing here speaks for the product.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Reply = bytes | Callable[[bytes, socket.socket], None]


@dataclass
class Stranger:
    """Where it listens, and what it was asked."""

    url: str
    port: int
    asked: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)


@contextmanager
def stranger(reply: Reply, certificate: Path | None = None) -> Iterator[Stranger]:
    """A server that gives ``reply`` to every request; with ``certificate`` (a PEM of both) over TLS."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    port = listener.getsockname()[1]
    me = Stranger(f"{'https' if certificate else 'http'}://{'localhost' if certificate else '127.0.0.1'}:{port}", port)
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                taken, _address = listener.accept()
            except TimeoutError:
                continue
            with contextlib.suppress(OSError, ssl.SSLError), taken:
                taken.settimeout(5)
                line = context.wrap_socket(taken, server_side=True) if context is not None else taken
                with line:
                    head = _request(line)
                    me.asked.append(head.split(b"\r\n", 1)[0].decode("latin-1"))
                    me.heads.append(head)
                    if callable(reply):
                        reply(head, line)
                    else:
                        line.sendall(reply)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield me
    finally:
        ended.set()
        thread.join(10)
        listener.close()


def answer(body: bytes = b"", status: str = "200 OK", kind: str = "application/json", length: int | None = None, **headers: str) -> bytes:
    """An HTTP answer that closes; ``length`` is what it says of its body (its own by default)."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def silence(seconds: float) -> Callable[[bytes, socket.socket], None]:
    """Takes the request and says nothing."""

    def wait(_head: bytes, line: socket.socket) -> None:
        line.settimeout(seconds)
        with contextlib.suppress(OSError):
            line.recv(1)

    return wait


def relay(port: int, lost: Callable[[bytes], bool]) -> Callable[[bytes, socket.socket], None]:
    """Hands everything on to ``port`` of this machine; the answer to what is ``lost`` never comes back."""

    def reply(request: bytes, line: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as far:
            far.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))  # its end is how the answer's is known
            answered = b"".join(iter(lambda: far.recv(65536), b""))
        if not lost(request):
            line.sendall(answered)

    return reply


def _request(line: socket.socket) -> bytes:
    """A whole request, head and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = line.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    size = next((int(one.split(b":")[1]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length")), 0)
    while len(rest) < size:
        rest += line.recv(65536) or bytes(size)
    return head + b"\r\n\r\n" + rest
