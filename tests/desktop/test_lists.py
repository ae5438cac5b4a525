from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from desktop.pages.landings import LandingsPage
from desktop.pages.records import RecordsPage
from desktop.tasks import Tasks
from sync.workspace import Workspace
from tests.desktop.platform_rows import PlatformRows

Settle = Callable[[], None]
Went = list[tuple[str, dict[str, object]]]
COMPANY = {"name": "东莞市禾微光学有限公司", "org_kind": "企业"}


def demand(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "org": COMPANY, "budget_fen": 48_000_000, "found_on": "2026-09-01", **more}


@pytest.fixture
def filled(workspace: Workspace) -> dict[str, str]:
    """Records in every group of the list."""
    says = PlatformRows(workspace)
    ids = {
        "draft": workspace.draft("demand", demand("激光焊接飞溅在线检测")),
        "returned": says.say("demand", {"title": "谐波减速器寿命提升", "found_on": "2026-08-27"}, (None, "returned"), number="XQ26-0371",
                             remarks=[{"field": "indicators", "code": "VAGUE", "text": "请写明小时数。"}]),
        "review": says.say("demand", {"title": "玻璃盖板亚微米划痕检测", "found_on": "2026-09-02"}, (None, "submitted"), number="XQ26-0388"),
        "counted": says.say("achievement", {"title": "水性聚氨酯超纤革助剂", "found_on": "2026-09-15"}, (None, "accepted"), number="CG26-0405",
                            stage="in_service", counted={"year": 2026, "credit": 1, "codes": []}),
    }  # fmt: skip
    return ids


@pytest.fixture
def page(
    qtbot: Any,
    workspace: Workspace,
    tasks: Tasks,
    navigate: Callable[..., None],
    filled: dict[str, str],
    settle: Settle,
) -> Iterator[RecordsPage]:
    made = RecordsPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.resize(1232, 800)
    made.show()
    made.open()
    settle()
    yield made


def lines(page: RecordsPage) -> list[str]:
    table = page.list.table
    return [str(table.index(n, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for n in range(table.rowCount())]


def test_rows_stand_in_groups_by_what_comes_next(page: RecordsPage) -> None:
    assert [line for line in lines(page) if "，" in line] == [
        "需要你处理 2，已展开", "等平台审核 1，已展开", "已计入 1，已展开"
    ]  # fmt: skip
    assert "共 4 项" in page.total.text() and "48.00 万元" in page.total.text()


def test_every_cell_speaks(page: RecordsPage, filled: dict[str, str]) -> None:
    table, line = page.list.table, page.list.table.line_of(filled["returned"])
    said = [str(table.index(line, at).data(Qt.ItemDataRole.AccessibleTextRole)) for at in range(table.columnCount())]
    assert "编号：XQ26-0371" in said and "业务状态：已退回" in said and "同步：已同步" in said and "计入：—" in said
    assert any(one.startswith("证明材料：缺") for one in said)
    assert any(one.startswith("名称 / 单位：谐波减速器寿命提升") for one in said)


def test_a_group_folds_by_click_and_by_key(page: RecordsPage) -> None:
    view = page.list
    before = view.table.rowCount()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.table.index(0, 0)).center())
    assert view.table.rowCount() == before - 2 and lines(page)[0] == "需要你处理 2，已折叠"
    view.setCurrentIndex(view.table.index(0, 0))
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.table.rowCount() == before


def test_choosing_keeps_over_a_new_reading(
    page: RecordsPage, workspace: Workspace, filled: dict[str, str], settle: Settle
) -> None:
    view = page.list
    box = view.visualRect(view.table.index(view.table.line_of(filled["draft"]), 0))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert view.chosen_ids() == [filled["draft"]] == [view.current_id()]
    workspace.draft("demand", demand("碳化硅外延片缺陷分类"))
    page.refresh()
    settle()
    assert len(page.list.table.rows()) == 5
    assert view.chosen_ids() == [filled["draft"]] == [view.current_id()]
    assert page.count.text() == "已选 1 项" and page.submit_button.isVisible()


def test_filters_search_and_clearing(page: RecordsPage, filled: dict[str, str], settle: Settle) -> None:
    page.search.setText("slll")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    settle()
    assert page.list.table.rows() == [] and page.stack.currentIndex() == 1
    assert page.clear.isVisible()
    page.clear.click()
    settle()
    assert len(page.list.table.rows()) == 4
    page.search.setText("XQ26-0388")
    settle_until(page, settle, [filled["review"]])
    page.clear_filters()
    page.counted.setChecked(False)
    settle()
    assert filled["counted"] not in [row.id for row in page.list.table.rows()]
    page.open(state="returned")
    settle()
    assert [row.id for row in page.list.table.rows()] == [filled["returned"]] or page.filtered()


def settle_until(page: RecordsPage, settle: Settle, ids: list[str]) -> None:
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    settle()
    assert [row.id for row in page.list.table.rows()] == ids


def test_the_preview_follows_and_offers_the_next_step(
    page: RecordsPage, filled: dict[str, str], settle: Settle, went: Went
) -> None:
    page.list.go_to(filled["returned"])
    settle()
    seen = page.preview.current()
    assert seen is not None and seen.record.id == filled["returned"]
    from PySide6.QtWidgets import QLabel, QPushButton

    words = " ".join(label.text() for label in page.preview.findChildren(QLabel))
    assert "平台退回" in words and "请写明小时数。" in words
    main = next(one for one in page.preview.findChildren(QPushButton) if one.property("role") == "primary")
    main.click()
    assert went[-1] == ("editor", {"id": filled["returned"], "field": "indicators"})


def test_enter_opens_and_space_shows_the_preview_in_a_narrow_window(
    page: RecordsPage, filled: dict[str, str], settle: Settle, went: Went
) -> None:
    page.resize(880, 500)
    settle()
    assert not page.preview.isVisible() and page.left.isVisible()
    page.list.go_to(filled["review"])
    QTest.keyClick(page.list, Qt.Key.Key_Space)
    assert page.preview.isVisible() and not page.left.isVisible()
    page.preview.closed.emit()
    assert page.left.isVisible()
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert went[-1] == ("detail", {"id": filled["review"]})


def test_what_cannot_be_submitted_says_why(
    page: RecordsPage, filled: dict[str, str], settle: Settle, went: Went
) -> None:
    page.list.selectRow(page.list.table.line_of(filled["draft"]))
    page.submit_chosen()
    settle()
    assert "stopped" in page.notices.keys() and "submitted" not in page.notices.keys()  # noqa: SIM118  a method


def test_deleting_is_undone_with_one_click(
    page: RecordsPage, workspace: Workspace, filled: dict[str, str], settle: Settle
) -> None:
    page.list.selectRow(page.list.table.line_of(filled["draft"]))
    page.delete_chosen()
    settle()
    assert workspace.get(filled["draft"]).workflow == "deleted"
    assert filled["draft"] not in [row.id for row in page.list.table.rows()]
    from PySide6.QtWidgets import QPushButton

    undo = next(one for one in page.notices.findChildren(QPushButton) if one.text() == "撤销")
    undo.click()
    settle()
    assert workspace.get(filled["draft"]).workflow == "draft"


def test_sorting_within_groups_by_a_click_on_a_head(page: RecordsPage) -> None:
    head = page.list.horizontalHeader()
    at = page.list.table.columns.index("name")
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(head.sectionViewportPosition(at) + 20, 10))
    rising = [row for row in lines(page) if "，" not in row]
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(head.sectionViewportPosition(at) + 20, 10))
    assert [row for row in lines(page) if "，" not in row][:2] == rising[:2][::-1]


def test_other_groups_and_kinds(page: RecordsPage, settle: Settle) -> None:
    page.groups.choose("none")
    page._show_rows()
    assert page.list.table.rowCount() == 4
    page.groups.choose("state")
    page._show_rows()
    assert any(line.startswith("服务库") for line in lines(page))
    page.parts.choose("achievement")
    page.refresh()
    settle()
    assert len(page.list.table.rows()) == 1


def test_an_empty_profile_offers_to_register(qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None],
                                             settle: Settle, went: Went) -> None:  # fmt: skip
    page = LandingsPage(workspace, tasks, navigate)
    qtbot.addWidget(page)
    page.show()
    page.open()
    settle()
    from PySide6.QtWidgets import QLabel

    assert "还没有登记" in [label.text() for label in page.findChildren(QLabel)]
    page.new_button.click()
    assert went == [("editor", {"kind": "landing"})]


def test_thousands_of_rows_are_painted_quickly(qtbot: Any, page: RecordsPage) -> None:
    """The list is flat and its rows have fixed heights: a repaint does not depend on how many rows there are."""
    from dataclasses import replace

    row = page.list.table.rows()[0]
    page.list.show_rows([replace(row, id=str(n), title=f"第 {n} 条") for n in range(5_000)], "next")
    assert page.list.table.rowCount() == 5_001
    page.list.grab()


def test_chosen_records_are_written_out_and_no_others(page: RecordsPage, filled: dict[str, str], settle: Settle, tmp_path: Path) -> None:
    assert page.export_button.isHidden()
    page.list.go_to(filled["review"])
    page.list.selectRow(page.list.table.line_of(filled["review"]))
    assert not page.export_button.isHidden()
    page.export_to(tmp_path / "表.xlsx", page.list.chosen_ids())
    settle()
    assert page.notices.keys() == ["export"]
    book = openpyxl.load_workbook(tmp_path / "表.xlsx")
    told = [str(cell.value) for sheet in book for row in sheet for cell in row]
    assert "玻璃盖板亚微米划痕检测" in told and "谐波减速器寿命提升" not in told
    page.export_to(tmp_path / "没有" / "表.xlsx", page.list.chosen_ids())
    settle()
    assert "error" in page.notices.keys()  # noqa: SIM118  a method of the bar, not a dict


def test_columns_are_put_away_and_stay_so(
    qtbot: Any, page: RecordsPage, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle
) -> None:
    def shown(one: RecordsPage) -> list[str]:
        return [key for at, key in enumerate(one.list.table.columns) if not one.list.isColumnHidden(at)]

    page.resize(1700, 800)
    assert "day" not in shown(page) and "papers" in shown(page)
    for action in page.columns.menu().actions():
        if action.text() in ("发现日期", "证明材料"):
            action.trigger()
    settle()
    assert "day" in shown(page) and "papers" not in shown(page)
    found = [page.list.table.index(n, page.list.table.columns.index("day")).data() for n in range(page.list.table.rowCount())]
    assert "2026-08-27" in found
    page.resize(960, 508)
    assert "day" not in shown(page), "names need the room"
    again = RecordsPage(workspace, tasks, navigate)
    qtbot.addWidget(again)
    again.resize(1700, 800)
    again.show()
    assert "day" in shown(again) and "papers" not in shown(again)


def test_a_list_with_nothing_in_it_has_no_preview(page: RecordsPage, settle: Settle) -> None:
    assert page.preview.isVisibleTo(page)
    page.search.setText("没有这样的词")
    page.refresh()
    settle()
    assert not page.preview.isVisibleTo(page)
    page.clear_filters()
    settle()
    assert page.preview.isVisibleTo(page)
