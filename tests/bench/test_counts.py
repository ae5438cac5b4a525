"""What the work of a day costs in requests, bytes and statements: counts, which a busy machine does not move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from sync.records import Identity
from sync.store.edits import Edit
from sync.workspace import Workspace
from tests.bench import payload
from tests.bench.conftest import Ground
from tests.bench.test_bench import seed, touch

RECORDS = 400
WHO = Identity("441900119", "长安镇", "town", "l", "甲", "bench", "http://127.0.0.1:1")


def test_requests_and_bytes_of_a_day(ground: Ground) -> None:
    """First pull, nothing new, a hundred changed, a hundred typed: few requests, and bytes that follow what changed."""
    listed = seed(ground, RECORDS)
    desk = ground.desk("甲")
    first = desk("round")
    assert (first["pulled"], first["requests"]) == (RECORDS, 1)
    assert first["wire_down"] / RECORDS < 480
    desk("round")
    nothing = desk("round")
    assert (nothing["pulled"], nothing["requests"]) == (0, 1)
    assert nothing["wire_up"] + nothing["wire_down"] < 2000
    touch(ground, listed)
    changed = desk("round")
    assert (changed["pulled"], changed["requests"]) == (100, 1)
    assert changed["wire_down"] / 100 < 330
    desk("fill", number=100, seed=9)
    pushed = desk("round")
    assert (pushed["pushed"], pushed["requests"]) == (100, 3)
    assert pushed["wire_up"] / 100 < 520
    assert pushed["wire_down"] / 100 < 520


def test_scans_go_up_once_and_a_cut_costs_little(ground: Ground) -> None:
    """Three small scans in a request each; of a cut upload only what had not arrived is sent again."""
    desk, proxy = ground.desk("甲"), ground.platform.proxy
    desk("files", number=3, size=100_000, seed=3)
    sent = desk("round")
    assert sent["uploaded"] == 3
    assert sent["requests"] == 7  # pull, push, pull, three files, pull
    assert sent["wire_up"] < 3 * 100_000 + 20_000
    desk("files", number=1, size=6 << 20, seed=4)
    before = proxy.up
    proxy.cut_at = before + (3 << 20)
    assert desk("round")["uploaded"] == 1  # the round goes on over a new connection
    assert proxy.cut_at == 0, "it was cut"
    assert proxy.up - before < (6 << 20) + 100_000


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path, bytes(32))
    made.enrolled(WHO, {})
    yield made
    made.close()


@pytest.fixture
def statements(space: Workspace) -> list[str]:
    """Every statement sent to the database from here on."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    event.listen(space.database._engine, "before_cursor_execute", hear)
    return heard


def test_statements_do_not_grow_with_the_records(space: Workspace, statements: list[str]) -> None:
    """Saving, listing, searching and counting what waits ask as often with 600 records as with 60."""
    counted: list[dict[str, int]] = []
    listed = payload.demands(620)
    for part in (listed[:60], listed[60:600]):
        space.local.put([Edit(one, "demand", fields) for one, fields in part], WHO.device, WHO.unit, "2026-03-10T01:02:03.000Z")
        space.local.catch_up_words()
        found = {}
        for name, act in (
            ("save", lambda: space.draft("demand", listed.pop()[1])),
            ("list", lambda: space.rows(("demand",))),
            ("search", lambda: space.rows(("demand",), search="热误差")),
            ("pending", space.pending),
        ):
            statements.clear()
            act()
            found[name] = len(statements)
        counted.append(found)
    assert counted[0] == counted[1]
    assert max(counted[0].values()) < 30


def test_lists_and_counts_open_no_record_they_do_not_show(space: Workspace) -> None:
    """The plans of the questions themselves: what is counted, found and put in order comes out of an index alone."""
    asked: list[tuple[str, Any]] = []
    event.listen(space.database._engine, "before_cursor_execute", lambda _c, _u, statement, values, *_rest: asked.append((statement, values)))
    both = {"kinds": ("demand", "achievement"), "mine": True, "year": 2026}
    for more in ({}, {"kinds": ("demand",)}, both, {"search": "热误差"}, {"workflow": "draft"}):
        asked.clear()
        space.rows(**more)
        lists = [one for one in asked if "FROM record" in one[0] and ("count(*)" in one[0] or "LIMIT" in one[0])]
        assert len(lists) == 2
        with space.database.read() as connection:
            count, rows = (str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values).fetchall()) for one, values in lists)
        assert "COVERING INDEX record_count" in count
        assert "SCAN record USING COVERING INDEX record_list" in rows
        assert "SEARCH record USING INTEGER PRIMARY KEY" in rows


def test_a_save_and_what_follows_it_ask_the_same_of_60_records_and_of_600(space: Workspace, statements: list[str]) -> None:
    """The rules on a record, to-do and progress: what is known stays known, and only what changed is looked at again."""
    counted: list[dict[str, int]] = []
    listed = payload.demands(600)
    for part in (listed[:60], listed[60:600]):
        space.local.put([Edit(one, "demand", fields, "submitted") for one, fields in part], WHO.device, WHO.unit, "2026-03-10T01:02:03.000Z")
        space.quotas((2026,)), space.todo()
        found = {}
        for name, act in (
            ("check", lambda: space.check(listed[0][0])),
            ("edit", lambda: space.edit(listed[0][0], {"title": f"改了的名称 {len(counted)}"})),
            ("todo", space.todo),
            ("progress", lambda: space.quotas((2026,), naming=False)),
        ):
            statements.clear()
            act()
            found[name] = len(statements)
        counted.append(found)
    assert counted[0] == counted[1]
    assert max(counted[0].values()) < 60
