"""The same platform on PostgreSQL: a cluster of its own for these tests, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.server import archive, review, units
from sync.server.service import Service
from sync.server.settings import Settings
from sync.server.upkeep import dump, verify

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import secrets, sys
from pathlib import Path
from sync.server.held import Actor
from sync.server.service import Service
from sync.server.settings import Settings
service = Service(Settings(Path(sys.argv[1]), sys.argv[2]))
device = sys.argv[3]
for n in range(10):
    service.ledger.push(Actor(device, device, "441900119"), [
        {"id": secrets.token_hex(16), "record": record, "kind": "demand", "device": device, "at": "x",
         "fields": {"title": [None, f"{device} {n}"]}}
        for record in (f"shared-{n % 3}", f"{device}-{n}")
    ])
"""


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(_programs() is None, reason="no PostgreSQL server programs on this machine"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of an empty database; PostgreSQL refuses to run as root, so then it runs as somebody else."""
    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="liaison-pg-"))
    more: dict[str, Any] = {"env": {**os.environ, "LC_ALL": "C.UTF-8"}, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.getuid() == 0:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            user = pwd.getpwnam("nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
        more |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    subprocess.run([programs / "initdb", "-D", data, "-U", "liaison", "-A", "trust", "--no-sync"], check=True, **more)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    start = [programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"]
    subprocess.run(start, check=True, **more)
    yield f"postgresql+psycopg://liaison@127.0.0.1:{port}/postgres"
    subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, **more)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def service(cluster: str, tmp_path: Path) -> Iterator[Service]:
    """A platform on PostgreSQL with the plan's units; its tables are dropped afterwards."""
    from sync.server import schema

    made = Service(Settings(tmp_path / "platform", cluster))
    units.load_units(made.database, ROOT / "resources" / "units.csv")
    yield made
    schema.metadata.drop_all(made.database.engine)
    made.close()


def test_a_paper_goes_all_the_way(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, b = desk("甲"), desk("乙")
    submitted(a)
    b.edit("d1", {"goal": (None, "乙")})
    a.edit("d1", {"goal": (None, "甲")})
    (conflict,) = a.see("d1")["conflicts"]
    a.edit("d1", {"goal": ("乙", "甲")}, resolves=[conflict["id"]])
    assert review.act(service, "d1", "accept")["number"] == "XQ26-0001"
    assert service.tables("441900119")["counted"]["years"]["2026"]["discovery"]["counted"] == 1
    assert len(a.pull()) == a.cursor.seq and verify(service) == {"ok": True, "records": 3, "blobs": 1, "problems": []}


def test_eight_writers_leave_no_hole(service: Service, cluster: str, desk: Callable[..., Any]) -> None:
    argv = [sys.executable, "-c", WRITER, str(service.settings.data), cluster]
    started = [subprocess.Popen([*argv, f"w{n}"], cwd=ROOT) for n in range(8)]
    reader, rows = desk("甲"), []
    while any(one.poll() is None for one in started):
        rows += reader.pull()
    assert [one.wait() for one in started] == [0] * 8
    rows += reader.pull()
    assert [row.seq for row in rows] == list(range(1, 161)) and verify(service)["ok"]


def test_a_backup_moves_between_sqlite_and_postgresql(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str], tmp_path: Path
) -> None:
    submitted(desk("甲"))
    before = list(dump(service))
    archive.backup(service, tmp_path / "b.zip")
    other = Service(Settings(tmp_path / "other"))
    archive.restore(other, tmp_path / "b.zip")
    assert list(dump(other)) == before and verify(other)["ok"]
    archive.backup(other, tmp_path / "c.zip")
    other.close()
    archive.restore(service, tmp_path / "c.zip")
    assert list(dump(service)) == before and verify(service)["ok"]
