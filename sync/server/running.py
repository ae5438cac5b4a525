"""``serve``: runs the application under uvicorn and says when it answers.

The socket is bound before anything else, so port 0 is known and, with several workers, shared. The ready file is
written whole after the first worker answers. SIGTERM lets running requests finish.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from sync.errors import NeedsPerson
from sync.server.settings import Settings


class CannotListen(NeedsPerson):
    """地址或端口用不了."""

    code = "cannot_listen"
    exit_status: ClassVar[int] = 2
    sentence = ("地址或端口用不了：{detail}", "This address or port cannot be used: {detail}")
    help = ("请换一个端口，或停掉占用它的程序。", "Choose another port, or stop the program that has it.")


def serve(settings: Settings, arguments: Any) -> None:
    """Serve until told to stop."""
    import uvicorn

    for file in (arguments.tls_cert, arguments.tls_key):
        if file and not Path(file).is_file():
            raise CannotListen(str(file))
    os.environ.update(settings.to_environment())
    listener = _listen(arguments.host, arguments.port)
    scheme = "https" if arguments.tls_cert else "http"
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    url = f"{scheme}://{host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        "sync.server.running:application", factory=True, host=arguments.host, log_level="warning", access_log=False,
        server_header=False, ssl_certfile=arguments.tls_cert, ssl_keyfile=arguments.tls_key, workers=arguments.workers,
        timeout_keep_alive=75, timeout_graceful_shutdown=10, lifespan="on", ws="none", backlog=512,
    )  # fmt: skip
    os.environ[READY] = json.dumps([arguments.ready_file or "", url, os.getpid()])
    _remember(settings, url)
    sys.stderr.write(f"{url}\n")
    # the server ends cleanly and then raises the signal again, which must not look like a crash
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)
    if arguments.workers > 1:
        from uvicorn.supervisors import Multiprocess

        Multiprocess(config, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])


READY = "LIAISON_SERVER_READY"


def application() -> Any:
    """The application a worker runs: opened, and announced once it can answer."""
    from sync.server.app import create_app
    from sync.server.service import Service

    service = Service(Settings.from_environment())
    app = create_app(service)
    # a push makes tens of thousands of lists that all live until it is written: looking for rings among them again
    # and again cost a third of it. What is loaded by now stays for good.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    return _Announced(app, *json.loads(os.environ.get(READY, '["", "", 0]')))


class _Announced:
    """Writes the ready file at start-up, when the socket has been listening and the application stands."""

    def __init__(self, app: Any, file: str, url: str, pid: int) -> None:
        self._app, self._file, self._url, self._pid = app, file, url, pid

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def announced(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete" and self._file:
                write_ready(Path(self._file), {"url": self._url, "pid": self._pid})
            await send(message)

        await self._app(scope, receive, announced)


def write_ready(file: Path, body: dict[str, Any]) -> None:
    """Write a small JSON file whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as out:
        json.dump(body, out)
    Path(out.name).replace(file)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotListen(f"{host}:{port} {getattr(error, 'strerror', '') or error}") from error
    listener.listen(512)  # whoever reads the ready file may connect at once
    listener.set_inheritable(True)
    return listener


def _remember(settings: Settings, url: str) -> None:
    """Later commands put this address into enrolment files."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.data / "address").write_text(url, "utf-8")
