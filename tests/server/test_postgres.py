"""The same platform on PostgreSQL: a cluster of its own for these tests, gone afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.server import archive, review, units
from sync.server.service import Service
from sync.server.settings import Settings
from sync.server.upkeep import dump, verify
from tests.support import postgres

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


pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(postgres.programs() is None, reason="no PostgreSQL server programs on this machine"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres.cluster() as url:
        yield url


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
