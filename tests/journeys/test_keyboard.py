"""The whole journey in the window by keyboard alone, against a real platform: no mouse, no call for what a person does with keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PySide6.QtWidgets import QApplication

from desktop import operations
from desktop.app import build_window
from desktop.pages.main_window import MainWindow
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from sync.workspace import Workspace
from tests.support.commands import QINGXI, TODAY, Laptop, Platform, paper
from tests.support.hands import Hands

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
LETTER = paper("demand-letter.pdf")


@pytest.fixture
def workspace(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("LIAISON_TODAY", TODAY)
    made, _who = operations.enrol(tmp_path / "profile", platform.url, platform.code(QINGXI, "李敏"))
    yield made
    made.close()


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    theme.apply(qapp)
    language.install(qapp, "zh")
    made = Tasks()
    yield made
    made.close()


@pytest.fixture
def window(workspace: Workspace, tasks: Tasks, qtbot: Any) -> Iterator[MainWindow]:
    made = build_window(workspace, tasks)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    made.activateWindow()
    yield made
    made.close()
    Hands(tasks).rest()


def fill(hands: Hands, wanted: dict[str, str]) -> None:
    """Tab from field to field and type."""
    for name, text in wanted.items():
        hands.tab_to(name)
        hands.type(text)


@pytest.mark.slow
def test_from_the_first_record_to_the_report(
    window: MainWindow, workspace: Workspace, tasks: Tasks, platform: Platform, tmp_path: Path
) -> None:
    hands = Hands(tasks)
    hands.rest()
    assert window.here() == "home"

    # a visit: company, what was said, found a demand, and on to the demand with Ctrl+Enter
    hands.key("Ctrl+4")
    hands.tab_to("企业（名称")
    hands.type(LETTER["company"])
    hands.tab_to("纪要")
    hands.type("企业压铸模具表面涂层寿命不足，愿意委托研发。")
    hands.tab_to("发现需求")
    hands.key("Space", "Ctrl+Return")
    assert window.here() == "editor" and "需求企业" in hands.name()
    # what is not known of the company is completed in place
    hands.tab_to("补充单位资料")
    hands.key("Space")
    fill(hands, {"统一社会信用代码": LETTER["uscc"]})
    hands.tab_to("行政区划")
    hands.type("清溪")
    hands.key("Down", "Return")
    fill(hands, {"联系人": LETTER["contact"], "联系电话": LETTER["phone"]})
    hands.tab_to("保存单位")
    hands.key("Space")
    fill(hands, {"需求名称": LETTER["title"], "主要问题": "压铸模具型腔易粘铝。", "技术关键与主要指标": "结合力不低于 70 N"})
    for name in ("技术领域", "产业方向"):
        hands.tab_to(name)
        hands.key("Down")
    fill(hands, {"应用行业": "C35", "技术合作预算": "30"})
    hands.tab_to("解决方式")
    hands.key("Down")
    hands.tab_to("添加技术合作需求书")
    hands.key("Space")
    assert "选择文件" in hands.name()
    hands.key("Space")
    hands.type(str(LETTER["path"]))  # the dialog's line
    hands.key("Return")
    hands.until(lambda: window.page("editor").viewer.paper(), "the paper")
    hands.tab_to("文件日期")
    hands.type("2026-10-11")
    for name in ("已签字：是", "已盖章：是", "我看过了"):
        hands.tab_to(name)
        hands.key("Space")
    hands.key("F6", "F6")  # the sidebar, the form
    for name, text in (("需求书签署日期", "2026-10-11"), ("签字人", LETTER["contact"]), ("发现日期", "2026-10-12")):
        hands.until(lambda name=name: name in hands.name() or hands.key("F8"), f"F8 at {name}")
        hands.type(text)
    hands.key("Ctrl+Return")
    hands.until(lambda: window.here() == "detail", "the record, submitted")
    record = workspace.rows(("demand",)).rows[0].id
    hands.until(lambda: workspace.get(record).workflow == "submitted" and not workspace.pending().files, "the platform's word")

    # a colleague and this person change the same field: F5 brings the conflict, 1 2 3 decide it
    chen = Laptop(tmp_path / "陈志强").enrol(platform, QINGXI, "陈志强")
    chen("sync")
    chen("edit", record, "--file", "-", stdin={"indicators": "寿命提高一倍", "goal": "六万模次"})
    chen("sync")
    hands.tab_to("修改")
    hands.key("Space")
    hands.tab_to("展开技术需求")
    hands.key("Space")
    hands.tab_to("技术关键与主要指标")
    hands.key("Ctrl+End")
    hands.type("，附着力 HF1 级")
    hands.key("F5")
    hands.until(workspace.conflicts, "the conflict")
    hands.key("Ctrl+2")
    hands.tab_to("去处理")
    hands.key("Space")
    assert window.here() == "conflicts"
    for key, take in (("1", "mine"), ("2", "theirs"), ("1", "mine")):
        hands.key(key)
        assert [card.decision()[0] for card in window.page("conflicts").cards] == [take]
    hands.key("Ctrl+Return")
    hands.until(lambda: not workspace.conflicts(), "the decision")
    hands.key("F5")
    hands.until(lambda: not workspace.pending().records, "the decision on the platform")
    chen("sync")
    held = [one.dump()[record]["fields"] for one in (chen, platform)]
    assert [(one["indicators"], one["goal"]) for one in held] == [("结合力不低于 70 N，附着力 HF1 级", "六万模次")] * 2

    # the centre takes it in; a report of what counts, written out
    platform("review", record, "accept")
    hands.key("F5")
    hands.until(lambda: workspace.get(record).workflow == "accepted", "the centre's word")
    hands.key("Ctrl+6")
    hands.until(lambda: window.page("reports").shown(), "the report")
    hands.key("Ctrl+E")
    out = tmp_path / "台账.xlsx"
    hands.key("Ctrl+A")
    hands.type(str(out))
    hands.key("Return")
    hands.until(out.exists, "the file")
    rows = [[str(cell or "") for cell in row] for row in openpyxl.load_workbook(out).worksheets[0].iter_rows(values_only=True)]
    assert any(LETTER["title"] in row for row in rows)
