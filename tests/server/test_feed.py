"""The feed: without holes whoever writes, whatever is asked; and a history that is not ours is not believed."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync.messages import GENESIS, Cursor, Page
from sync.server import ledger as ledger_module
from sync.server.ledger import Diverged
from sync.server.service import Service
from sync.server.upkeep import verify

ROOT = Path(__file__).resolve().parents[2]
WRITERS, EACH = 8, 15
WRITER = """
import secrets, sys
from pathlib import Path
from sync.server.held import Actor
from sync.server.service import Service
from sync.server.settings import Settings
service = Service(Settings(Path(sys.argv[1])))
unit, device = sys.argv[2], sys.argv[3]
for n in range(int(sys.argv[4])):
    service.ledger.push(Actor(device, device, unit), [
        {"id": secrets.token_hex(16), "record": record, "kind": "demand", "device": device, "at": "x",
         "fields": {"title": [None, f"{device} {n}"]}}
        for record in (f"shared-{n % 5}-{unit}", f"{device}-{n}")
    ])
"""


def test_eight_writing_processes_leave_no_hole_and_lose_nothing(service: Service, desk: Callable[..., Any]) -> None:
    units = ("441900119", "441900121")
    argv = [sys.executable, "-c", WRITER, str(service.settings.data)]
    started = [subprocess.Popen([*argv, units[n % 2], f"w{n}", str(EACH)], cwd=ROOT) for n in range(WRITERS)]
    reader, rows = desk("甲"), []
    while any(one.poll() is None for one in started):  # reads on while they write; Page checks every link
        rows += reader.pull()
    assert [one.wait() for one in started] == [0] * WRITERS
    rows += reader.pull()
    assert [row.seq for row in rows] == list(range(1, WRITERS // 2 * EACH * 2 + 1))
    assert len({row.change for row in rows}) == len(rows)
    result = verify(service)
    assert result["ok"], result["problems"]


def test_pages_are_cut_by_rows_and_by_bytes(desk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    a = desk("甲")
    a.push(*(a.change(f"d{n}", {"title": "主轴" * 50}) for n in range(20)))
    first = a.service.ledger.pull(a.unit, Cursor(), 7)
    assert len(first.rows) == 7 and first.more and first.want == ()
    monkeypatch.setattr(ledger_module, "MAX_PAGE_BYTES", 1000)
    small = a.service.ledger.pull(a.unit, Cursor())
    assert 1 <= len(small.rows) < 7 and small.more
    assert len(a.pull()) == 20


def test_the_head_is_signed_by_the_platform(service: Service, desk: Callable[..., Any]) -> None:
    a = desk("甲")
    a.edit("d1", {"title": "主轴"})
    epoch, seq, chain, signature = service.ledger.head(a.unit)
    assert service.seal.signed(a.unit, epoch, seq, chain, signature)
    assert not service.seal.signed("441900121", epoch, seq, chain, signature)
    assert not service.seal.signed(a.unit, epoch, seq + 1, chain, signature)
    assert not service.seal.signed(a.unit, epoch, seq, chain, "AAAA")


@pytest.mark.parametrize("what", ["epoch", "ahead", "chain", "beginning", "other epoch at the beginning"])
def test_a_cursor_of_another_history_is_told_so(desk: Callable[..., Any], what: str) -> None:
    a = desk("甲")
    a.edit("d1", {"title": "主轴"})
    a.pull()
    epoch, seq, chain = a.cursor.epoch, a.cursor.seq, a.cursor.chain
    cursor = {
        "epoch": Cursor("other", seq, chain), "ahead": Cursor(epoch, seq + 1, chain), "chain": Cursor(epoch, seq, "ab" * 32),
        "beginning": Cursor(epoch, 0, "ab" * 32), "other epoch at the beginning": Cursor("other", 0, GENESIS),
    }[what]  # fmt: skip
    with pytest.raises(Diverged) as told:
        a.service.ledger.pull(a.unit, cursor)
    assert (told.value.epoch, told.value.seq, told.value.chain) == (epoch, seq, chain)


def test_over_http_the_diverged_head_is_named(site: Any) -> None:
    caller = site.laptop()
    answer = caller.ask("POST", "/v1/sync/pull", {"cursor": ["other", 3, "ab" * 32]})
    body = answer.json()
    assert (answer.status_code, body["code"], body["head"][:2]) == (409, "diverged", [0, GENESIS]) and body["epoch"]
    caller.push(caller.change("d1", {"title": "主轴"}))
    page = Page.from_json(caller.ask("POST", "/v1/sync/pull", {"cursor": ["", 0, GENESIS]}).json(), Cursor())
    chains = caller.ask("POST", "/v1/sync/rows", {"seqs": [0, 1, 2]}).json()["chains"]
    assert chains == {"0": GENESIS, "1": page.head[1]}
    assert caller.ask("POST", "/v1/sync/rows", {"from": 0, "to": 9}).json()["chains"] == chains


def test_missing_names_what_the_platform_never_decided(desk: Callable[..., Any]) -> None:
    a, c = desk("甲"), desk("丙", unit="441900121")
    known, unknown = a.change("d1", {"title": "主轴"}), secrets.token_hex(16)
    a.push(known)
    assert a.service.ledger.missing(a.unit, [known["id"], unknown]) == [unknown]
    assert c.service.ledger.missing(c.unit, [known["id"]]) == [known["id"]], "another unit's ids tell nothing"


def test_a_second_device_reads_exactly_what_the_first_reads(desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, b = desk("甲"), desk("乙")
    submitted(a)
    a.pull()
    b.pull()
    assert [row.body for row in a.rows] == [row.body for row in b.rows]
    assert json.loads(json.dumps(a.rows[0].body)) == a.rows[0].body
