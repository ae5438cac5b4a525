"""Bench runs are asked for (``make bench``); counts are part of every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync.server import units
from sync.server.service import Service
from sync.server.settings import Settings
from tests.bench.figures import Figures
from tests.bench.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without ``-m`` nothing is measured."""
    if config.option.markexpr:
        return
    measured = [one for one in items if one.get_closest_marker("bench")]
    if measured:
        config.hook.pytest_deselected(items=measured)
        items[:] = [one for one in items if one not in measured]


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    made = Figures(ROOT / "build" / "bench")
    yield made
    made.write()


class Process:
    """A server of ours or of the floor, behind a counting proxy."""

    def __init__(self, argv: list[str], ready: Path) -> None:
        self.process = subprocess.Popen([sys.executable, *argv], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not (ready.exists() and ready.read_text().strip()):
            assert self.process.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        self.proxy = Proxy(int(json.loads(ready.read_text())["url"].rsplit(":", 1)[1]))

    def cpu(self) -> float:
        """CPU seconds so far of all its threads, those that have ended included: the process's own clock, by its number."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def stop(self) -> None:
        self.proxy.close()
        self.process.kill()
        self.process.wait()


class Child:
    """A process of ``desk.py``; ``child("do", …)`` answers what it cost, with the server's part and the wire's."""

    def __init__(self, role: str, *words: Any, server: Process | None = None) -> None:
        self.server = server
        argv = [sys.executable, str(ROOT / "tests" / "bench" / "desk.py"), role, *map(str, words)]
        self.process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, do: str, **more: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        before = self._counts()
        self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"{do} ended the process"
        body = json.loads(answer)
        after = self._counts()
        cost = {name: after[name] - before[name] for name in after}
        said = body["said"] or {}
        return {"wall_s": body["wall_s"], "client_cpu_s": body["cpu_s"], "rss_mb": body["rss_mb"], **cost, **said}

    def _counts(self) -> dict[str, Any]:
        if self.server is None:
            return {}
        return {"server_cpu_s": self.server.cpu(), "wire_up": self.server.proxy.up, "wire_down": self.server.proxy.down}

    def end(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)


@dataclass
class Ground:
    """A platform and a floor, running, and laptops for both."""

    folder: Path
    service: Service
    platform: Process
    floor: Process
    children: list[Child]

    def child(self, role: str, *words: Any, server: Process | None = None) -> Child:
        made = Child(role, *words, server=server)
        self.children.append(made)
        return made

    def desk(self, name: str, unit: str = "441900119") -> Child:
        """An enrolled laptop that has synced nothing yet."""
        made = self.child("product", self.folder / name, server=self.platform)
        made("enrol", url=self.platform.proxy.url, code=self.service.accounts.add(unit, name)[1])
        return made

    def bare(self, name: str) -> Child:
        """A client of the floor."""
        (self.folder / f"{name}-floor").mkdir()
        return self.child("bare", self.folder / f"{name}-floor", self.floor.proxy.url, server=self.floor)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    data = tmp_path / "platform"
    service = Service(Settings(data))
    units.load_units(service.database, ROOT / "resources" / "units.csv")
    ready, bare_ready, bare_data = tmp_path / "ready.json", tmp_path / "floor.json", tmp_path / "floor"
    bare_data.mkdir()
    platform = Process(["-m", "sync.server", "serve", "--data", str(data), "--port", "0", "--ready-file", str(ready)], ready)
    floor = Process([str(ROOT / "tests" / "bench" / "floor.py"), str(bare_ready), str(bare_data)], bare_ready)
    made = Ground(tmp_path, service, platform, floor, [])
    yield made
    for one in made.children:
        one.end()
    platform.stop()
    floor.stop()
    service.close()


@pytest.fixture
def pairs(tmp_path: Path) -> Iterator[Callable[[str, str], tuple[Child, Child]]]:
    """Two processes without servers, in folders of their own."""
    made: list[Child] = []

    def make(role: str, floor: str) -> tuple[Child, Child]:
        both = []
        for name in (role, floor):
            place = tmp_path / f"{name}-{len(made)}"
            place.mkdir()
            both.append(Child(name, place))
        made.extend(both)
        return both[0], both[1]

    yield make
    for one in made:
        one.end()


def scale() -> int:
    """Records of the big runs; ``BENCH_RECORDS`` sets it."""
    return int(os.environ.get("BENCH_RECORDS", "10000"))


def many() -> int:
    """Changes of the run with a great many at once, by five thousand; ``BENCH_MANY`` sets it."""
    return int(os.environ.get("BENCH_MANY", "20000"))
