"""A TCP proxy on loopback that counts what passes, and can cut the line. Floors and product go through the same one."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Proxy:
    """Stands before ``port``. ``up``, ``down``: bytes so far; ``connections``; ``cut_at``, ``cut_down_at``: bytes at which it breaks, once."""

    def __init__(self, port: int) -> None:
        self.target, self.port = port, 0
        self.up = self.down = self.connections = 0
        self.cut_at = self.cut_down_at = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(20)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20, backlog=256))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, back = await asyncio.open_connection("127.0.0.1", self.target, limit=1 << 20)
        try:
            await asyncio.gather(self._pass(reader, back, writer, True), self._pass(there, writer, back, False))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, back):
                with contextlib.suppress(Exception):
                    one.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, other: asyncio.StreamWriter, up: bool) -> None:
        while data := await source.read(1 << 17):
            if up:
                self.up += len(data)
                if broken := 0 < self.cut_at <= self.up:
                    self.cut_at = 0
            else:
                self.down += len(data)
                if broken := 0 < self.cut_down_at <= self.down:
                    self.cut_down_at = 0
            if broken:  # what came until now is delivered, then the line is gone
                sink.write(data)
                await sink.drain()
                sink.close()
                other.transport.abort()
                raise ConnectionAbortedError
            sink.write(data)
            await sink.drain()
        sink.close()
