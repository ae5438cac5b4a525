"""What the platform gives a record can be looked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sync.messages import GENESIS, Cursor, FeedRow, Page, link
from sync.records import Identity
from sync.workspace import Workspace


def test_a_record_is_found_by_the_number_it_was_given_later(tmp_path: Path) -> None:
    space = Workspace(tmp_path, bytes(32))
    space.enrolled(Identity("441900119", "长安镇", "town", "l", "甲", "d", "http://127.0.0.1:1"), {})
    cursor = Cursor("e", 0, GENESIS)
    for seq, more in ((1, {"fields": {"title": [None, "热误差"]}}), (2, {"fields": {}, "facts": {"number": "XQ-2026-0007"}})):
        body: dict[str, Any] = {
            "seq": seq, "change": f"{seq:032x}", "record": "r1", "kind": "demand", "at": "2026-03-10T01:02:03Z", "by": "甲",
            "device": "x", "what": "edited", "version": seq, **more,
        }  # fmt: skip
        chain = link(cursor.chain, body)
        space.save_page(page := Page("e", [FeedRow(body, chain)], False, (seq, chain, "signed")))
        cursor = page.cursor(cursor)
    assert space.rows(search="XQ-2026-0007").total == 1
    assert space.rows(search="热误差").total == 1
    space.close()
