"""Names as ledgers and colleagues bring them: without a place to break, on two lines, turning round what stands beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from desktop.app import build_window
from desktop.pages.main_window import MainWindow
from desktop.tasks import Tasks
from desktop.widgets.card import ElidedLabel, breakable
from sync.domain.values import one_line
from sync.workspace import Workspace
from tests.desktop import walk

ENDLESS = "Dongguan" * 20


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("换行\n第二行\t制表\r\n", "换行 第二行 制表"),
        ("甲\u202e反\u202c公司\u2066x\u2069", "甲反公司x"),
        ("👨\u200d👩\u200d👧𠮷　甲", "👨\u200d👩\u200d👧𠮷　甲"),
        ("مصنع الخليج", "مصنع الخليج"), ("plain", "plain"),
    ],
)  # fmt: skip
def test_a_name_is_one_line(name: str, shown: str) -> None:
    assert one_line(name) == shown


def test_only_what_no_line_could_hold_is_given_places_to_break() -> None:
    for words in ("东莞市" * 40, "a b-c " * 30, "x" * 40):
        assert breakable(words) == words
    broken = breakable(f"见 {ENDLESS} 等")
    assert broken.replace("\u200b", "") == f"见 {ENDLESS} 等" and max(map(len, broken.split("\u200b"))) <= 22


def test_pages_hold_them(qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Callable[[], None]) -> None:
    org = {"name": ENDLESS, "org_kind": "企业"}
    demand = workspace.draft("demand", {"title": "换行\n第二行", "org": org, "problem": ENDLESS, "found_on": "2026-03-10"})
    visit = workspace.draft("visit", {"org": workspace.get(demand).fields["org"], "place": "厂区二楼会议室", "met": ["何以宁"],
                                      "started_at": "2026-09-01T02:00:00Z"})  # fmt: skip
    window: MainWindow = build_window(workspace, tasks)
    qtbot.addWidget(window)
    window.resize(1280, 688)
    window.show()
    for page, where in (("detail", {"id": demand}), ("detail", {"id": visit}), ("records", {}), ("todo", {})):
        window.navigate(page, **where)
        settle()
        assert walk.cut(window) == [], page
    window.navigate("visits")
    settle()
    (about,) = [one for one in window.page("visits").findChildren(ElidedLabel) if one.whole().startswith("何以宁")]
    assert about.width() >= 100, "whom and where are not pushed out by a long name"
    assert workspace.rows(("demand",)).rows[0].title == "换行 第二行"
    window.close()
