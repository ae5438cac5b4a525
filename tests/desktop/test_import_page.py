"""Bringing a ledger in through the window: what is shown is the dry run, what is stored is what was shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from desktop import transfer
from desktop.app import build_window
from desktop.pages.import_ledger import ImportPage
from desktop.pages.main_window import MainWindow
from desktop.tasks import Tasks
from desktop.widgets import theme
from desktop.widgets.notice_bar import Notice
from sync.records import RoundReport
from sync.workspace import Workspace
from tests.desktop import walk

Settle = Callable[[], None]


@pytest.fixture
def ledger(papers: Path) -> Path:
    return papers / "ledger.xlsx"


@pytest.fixture
def window(qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Settle) -> Iterator[MainWindow]:
    made = build_window(workspace, tasks, sync=lambda *_: RoundReport("2026-09-16T01:12:00Z", 1.0))
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    settle()
    yield made
    made.close()
    settle()


@pytest.fixture
def page(window: MainWindow, ledger: Path, settle: Settle) -> ImportPage:
    window.navigate("import", file=str(ledger), kind="demand")
    settle()
    found: ImportPage = window.page("import")
    return found


def lines(page: ImportPage) -> list[tuple[str, ...]]:
    return [tuple(page.lines.index(row, at).data() for at in range(4)) for row in range(page.lines.rowCount())]


def choose(page: ImportPage, head: str, target: str) -> None:
    box = page._boxes[head]
    box.setCurrentIndex(box.findData(target))
    box.activated.emit(box.currentIndex())


def notices(page: QWidget) -> list[Notice]:
    return [one for one in page.findChildren(Notice) if one.isVisible()]


def drop(target: QWidget, file: Path) -> bool:
    """Drags a file onto a widget; whether it may be dropped there, and then it is."""
    data, button, none = QMimeData(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    data.setUrls([QUrl.fromLocalFile(str(file))])
    enters = QDragEnterEvent(QPointF(200, 200).toPoint(), Qt.DropAction.CopyAction, data, button, none)
    enters.ignore()
    QApplication.sendEvent(target, enters)
    if enters.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, data, button, none))
    return enters.isAccepted()


@pytest.mark.parametrize("kind", ["demand", "achievement", "visit"])
def test_the_preview_is_the_dry_run(
    kind: str, window: MainWindow, workspace: Workspace, ledger: Path, settle: Settle
) -> None:
    window.navigate("import", file=str(ledger), kind=kind)
    settle()
    page, told = window.page("import"), transfer.bring_in(workspace, kind, ledger, dry_run=True)
    assert told["added"] > 20
    assert page.import_button.text().startswith(f"导入 {told['added']} 条")
    assert f"“{told['sheet']}”共 {told['rows']} 行：可导入 {told['added']} 条" in page.summary.text()
    wanted = [one for one in told["problems"] if one["code"] != "ROW_OTHER_KIND"]
    assert sorted((one[0], one[2]) for one in lines(page)) == sorted((str(one["row"]), one["message"]) for one in wanted)
    assert {head: box.currentData() for head, box in page._boxes.items() if box.currentData()} == told["mapping"]
    assert {head for head, box in page._boxes.items() if not box.currentData()} == set(told["unused"])
    assert workspace.rows((kind,)).total == 0, "nothing is stored by looking"


def test_a_line_says_row_column_sentence_and_what_becomes_of_it(page: ImportPage) -> None:
    assert ("15", "项目/需求名称", "请填写需求名称。", "不导入") in lines(page)
    assert ("9", "电话", "电话“14589215”不像 11 位手机号或“区号-号码”。请核对。", "导入后再补") in lines(page)
    rows = {one[0] for one in lines(page) if one[3] != "请核对"}
    assert page.import_button.text() == f"导入 23 条 · {len(rows)} 行有问题"
    assert "8 行不能导入" in page.summary.text()
    assert "31 行是别的类型" in page.summary.text()


def test_a_column_set_by_hand_changes_the_preview_and_keeps_the_focus(
    page: ImportPage, workspace: Workspace, ledger: Path, settle: Settle
) -> None:
    box = page._boxes["备注"]
    box.setFocus()
    choose(page, "备注", "title")
    assert not page.import_button.isEnabled(), "what is shown is not yet what would be stored"
    settle()
    assert page._boxes["备注"] is box and box.hasFocus()
    assert page._boxes["项目/需求名称"].currentData() == "", "one column fills a field"
    mapping = {head: str(one.currentData()) for head, one in page._boxes.items()}
    told = transfer.bring_in(workspace, "demand", ledger, mapping, dry_run=True)
    assert told["added"] != 23
    assert f"可导入 {told['added']} 条" in page.summary.text()
    choose(page, "备注", "")
    settle()
    assert any("没有认出“需求名称”这一列" in one[2] for one in lines(page))
    page.import_button.click()
    settle()
    assert [one.words.text() for one in notices(page)] == ["没有可以导入的行"], "the button says why it does nothing"
    assert workspace.rows(("demand",)).total == 0


def test_it_imports_shows_the_list_and_takes_it_back(
    page: ImportPage, window: MainWindow, workspace: Workspace, ledger: Path, settle: Settle
) -> None:
    choose(page, "备注", "problem")
    settle()
    left = next(head for head, box in page._boxes.items() if box.currentData() == "org.contact_phone")
    choose(page, left, "")
    settle()
    window.page("records").search.setText("没有这样的")
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle()
    assert window.here() == "records"
    records = window.page("records")
    assert workspace.rows(("demand",)).total == 23 == len(records._found.rows)
    assert "已导入 23 条技术需求" in [one.words.text() for one in notices(records)]
    assert workspace.recall("mapping:demand")["备注"] == "problem"
    window.navigate("import")
    settle()
    assert page._boxes["备注"].currentData() == "problem"
    assert page._boxes[left].currentData() == "", "what was left out by hand stays out"
    assert "行已经有了，跳过" in page.summary.text() and page.import_button.text().startswith("导入 0 条")
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    settle()
    key = QKeySequence("Ctrl+Z")[0]
    QTest.keyClick(window.windowHandle(), key.key(), key.keyboardModifiers())
    settle()
    assert workspace.rows(("demand",)).total == 0
    assert "已撤销导入，23 条不在了" in [one.words.text() for one in notices(records)]


def test_what_was_edited_since_stays_and_is_counted(page: ImportPage, window: MainWindow, workspace: Workspace, settle: Settle) -> None:
    page.import_button.click()
    settle()
    records = window.page("records")
    workspace.edit(workspace.rows(("demand",)).rows[0].id, {"goal": "寿命 2 万小时"})
    said = next(one for one in notices(records) if "已导入" in one.words.text())
    next(one for one in said.findChildren(QPushButton) if one.text() == "撤销").click()
    settle()
    left = workspace.rows(("demand",)).total
    told = next(one for one in notices(records) if "已撤销" in one.words.text())
    assert told.words.text() == "已撤销导入，22 条不在了"
    assert left == 1
    assert told.more.text() == "1 条已经改过或送到平台，留下了。"


def test_who_went_elsewhere_meanwhile_is_not_called_away(page: ImportPage, window: MainWindow, settle: Settle) -> None:
    page.import_button.click()
    assert page.summary.text() == "正在导入 23 条…"
    assert not page.import_button.isEnabled(), "once is enough"
    window.navigate("home")
    settle()
    assert window.here() == "home"
    window.navigate("import")
    settle()
    assert "已导入 23 条技术需求" in [one.words.text() for one in notices(page)]


def test_visits_and_requests_are_shown_where_they_belong(
    window: MainWindow, workspace: Workspace, ledger: Path, tmp_path: Path, settle: Settle
) -> None:
    requests = tmp_path / "诉求.csv"
    requests.write_text("企业名称,日期,诉求类别,诉求内容\n东莞市某某光学有限公司,2026-09-02,技术,想找激光刻蚀的合作单位\n", "utf-8")
    for kind, place, file in (("visit", "visits", ledger), ("request", "library", requests)):
        window.navigate("import", file=str(file), kind=kind)
        settle()
        window.page("import").primary()
        settle()
        assert window.here() == place
        assert any("已导入" in one.words.text() for one in notices(window.page(place))), kind
        assert workspace.rows((kind,)).total > 0


def test_what_is_no_ledger_is_told_with_what_to_do(page: ImportPage, tmp_path: Path, papers: Path, settle: Settle) -> None:
    (tmp_path / "坏.xlsx").write_bytes((papers / "ledger.xlsx").read_bytes()[:3000])
    (tmp_path / "空.csv").write_bytes(b"")
    (tmp_path / "话.csv").write_text("今天没有表\n", "utf-8")
    for name, words in (("坏.xlsx", "另存为 .xlsx"), ("空.csv", "没有数据行"), ("话.csv", "没有认出表头"), ("没有.csv", "请核对路径")):
        page.open(file=str(tmp_path / name))
        settle()
        assert [words in one.words.text() and bool(one.more.text()) for one in notices(page)] == [True], name
        assert page.plan() is None and page.import_button.isHidden()
    page.open(file=str(papers / "ledger-gb18030.csv"))
    settle()
    assert notices(page) == [] and "导入 23 条" in page.import_button.text()


def test_every_way_leads_here(window: MainWindow, ledger: Path, papers: Path, settle: Settle) -> None:
    window.navigate("records")
    records = window.page("records")
    records.parts.choose("achievement")
    records.import_button.click()
    settle()
    assert window.here() == "import" and window.page("import").kind() == "achievement"
    window.navigate("home")
    next(call for words, _icon, _key, call in window.commands.doings() if words == "导入台账")()
    assert window.here() == "import"
    assert "导入台账…" in [one.text() for one in window.commands.menu.actions()]
    window.navigate("records")
    settle()
    assert not drop(records, papers / "contract.pdf")
    assert drop(records, ledger)
    settle()
    page = window.page("import")
    assert window.here() == "import" and page.plan() is not None
    assert drop(page, papers / "ledger-gb18030.csv")
    settle()
    assert page.sub.text() == "ledger-gb18030.csv"


@pytest.mark.parametrize("dark", [False, True])
def test_the_preview_speaks_is_whole_and_readable(dark: bool, page: ImportPage, window: MainWindow, settle: Settle, qapp: QApplication) -> None:
    theme.apply(qapp, dark)
    found = []
    for size in ((1440, 868), (1280, 688), (960, 508)):
        window.resize(*size)
        settle()
        found += walk.cut(page) + walk.nameless(page) + walk.faint(page)
    assert found + walk.tab_order(window, page) == []
    assert [one.text() for one in page.findChildren(QLabel) if one.text() == "用到 9 列"]
    theme.apply(qapp)


def test_an_import_says_how_far_it_is_and_can_be_given_up(
    page: ImportPage, workspace: Workspace, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, heard = transfer.bring_in, list[tuple[int, int]]()

    def given_up(*words: Any, step: transfer.Step, **more: Any) -> dict[str, Any]:
        def stopping(done: int, of: int) -> None:
            heard.append((done, of))
            page._stopping = True  # as its button does
            step(done, of)

        return real(*words, step=stopping, **more)

    assert page.stop_button.isHidden()
    monkeypatch.setattr(transfer, "bring_in", given_up)
    page.primary()
    assert not page.stop_button.isHidden() and not page.import_button.isEnabled()
    settle()
    assert heard == [(23, 23)] and workspace.rows(("demand",)).total == 0, "given up before it was written"
    assert "已停止导入，一条也没有进来" in [one.words.text() for one in notices(page)]
    assert page.stop_button.isHidden() and page.import_button.isEnabled()
    monkeypatch.setattr(transfer, "bring_in", real)
    workspace.add("demand", [page.plan().ready[0][1]], strict=False)  # known by now: left out without reading the file again
    page.primary()
    settle()
    assert workspace.rows(("demand",)).total == 23
