from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from desktop.pages.detail import DetailPage
from desktop.pages.figures import read_figures
from desktop.pages.home import HomePage
from desktop.pages.life_steps import steps_of
from desktop.pages.preview import Preview
from desktop.pages.record_reading import next_step, read_record
from desktop.pages.todo import TodoPage
from desktop.pages.visit_entry import KEEP_MS, KEPT
from desktop.pages.visits import VisitsPage
from desktop.tasks import Tasks
from desktop.widgets import masked
from desktop.widgets.masked import MaskedText
from sync.workspace import Workspace
from tests.desktop.platform_rows import PlatformRows

Settle = Callable[[], None]
Went = list[tuple[str, dict[str, object]]]
TODAY = date(2026, 9, 16)
COMPANY = {"name": "东莞市禾微光学有限公司", "org_kind": "企业", "contact_name": "何工", "contact_phone": "13812346210"}


def words(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def shown(qtbot: Any, page: Any, settle: Settle, **where: Any) -> Any:
    qtbot.addWidget(page)
    page.resize(1232, 810)
    page.show()
    page.open(**where)
    settle()
    return page


@pytest.fixture
def says(workspace: Workspace) -> PlatformRows:
    return PlatformRows(workspace)


def test_progress_shows_counted_waiting_and_only_here_apart(
    qtbot: Any,
    workspace: Workspace,
    tasks: Tasks,
    navigate: Callable[..., None],
    settle: Settle,
    says: PlatformRows,
    went: Went,
) -> None:
    says.tell(targets=[{"unit": "441900119", "year": 2026, "metric": "发现", "target": 25}])
    for number in range(3):
        says.say("achievement", {"title": f"成果之{number}", "found_on": "2026-03-01"}, (None, "accepted"), number=f"CG26-000{number}",
                 received_at=f"2026-0{number + 2}-10T01:00:00Z", counted={"year": 2026, "credit": 1, "codes": []})  # fmt: skip
    says.say("demand", {"title": "等审核的需求"}, (None, "submitted"), number="XQ26-0001")
    workspace.draft("demand", {"title": "只在本机的需求", "org": COMPANY})
    figures = read_figures(workspace, 2026, (2025, 2026, 2027), "zh")
    assert (figures.counted, figures.target, figures.by_kind) == (3, 25, {"achievement": 3, "demand": 0})
    assert [day for day, _credit in sorted(figures.days)] == [date(2026, 2, 10), date(2026, 3, 10), date(2026, 4, 10)]
    assert figures.pace(TODAY) == 18
    page = shown(qtbot, HomePage(workspace, tasks, navigate), settle)
    said = words(page)
    for part in ("比进度线少 15 项", "还差", "还没提交，暂不计", "成果 3 · 技术需求 0", "2 条记录 尚未到平台", "只在本机的需求"):
        assert part in said or part in str([one.accessibleName() for one in page.findChildren(QWidget)]), part
    assert "已计入 3 项，共 25 项" in page.task.ring.accessibleName()
    button = next(one for one in page.now.findChildren(QPushButton) if one.text() in ("补材料", "查看"))
    button.click()
    assert went[-1][0] == "editor"
    next(one for one in page.here.findChildren(QPushButton) if one.text() == "立即同步").click()
    assert went[-1] == ("sync_now", {})


def test_progress_without_a_task_says_so(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle
) -> None:
    page = shown(qtbot, HomePage(workspace, tasks, navigate), settle)
    assert "2026 年任务还没下达" in words(page)
    page.years.chosen.emit("2027")
    settle()
    assert "2027 年任务还没下达" in words(page)


def test_todo_parts(qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle,
                    says: PlatformRows, went: Went) -> None:  # fmt: skip
    returned = says.say("demand", {"title": "被退回的"}, (None, "returned"), number="XQ26-0371",
                        remarks=[{"field": "indicators", "code": "X", "text": "写清楚", "due": "2026-09-18"}])  # fmt: skip
    workspace.draft("demand", {"title": "草稿里的", "org": COMPANY})
    page = shown(qtbot, TodoPage(workspace, tasks, navigate), settle)
    assert len([one for one in page.findChildren(QPushButton) if one.text() in ("去修改", "补材料", "查看")]) == 2
    page.parts.choose("returned")
    page._show()
    settle()
    buttons = [one for one in page.card.findChildren(QPushButton) if one.text() == "去修改" and one.isVisibleTo(page)]
    assert "还有 2 天" in words(page)
    buttons[-1].click()
    assert went[-1] == ("editor", {"id": returned, "field": "indicators"})


@pytest.mark.parametrize("where", ["the company", "its demand", "beside a list"])
def test_a_telephone_number_is_shown_for_a_while_and_no_longer_than_the_page(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle,
    monkeypatch: pytest.MonkeyPatch, where: str,
) -> None:  # fmt: skip
    company = workspace.draft("organisation", COMPANY)
    demand = workspace.draft("demand", {"title": "等审核的需求", "org": company})
    page: QWidget
    if where == "beside a list":
        page = Preview(workspace, tasks, navigate)
        qtbot.addWidget(page)
        page.show()
        page.show_record(demand)
        settle()
    else:
        made = DetailPage(workspace, tasks, navigate)
        page = shown(qtbot, made, settle, id=company if where == "the company" else demand)
    (line,) = page.findChildren(MaskedText)
    assert "138****6210" in line.value.text() and "13812346210" not in words(page)
    monkeypatch.setattr(masked, "SHOWN_MS", 30)
    line.eye.click()
    assert "13812346210" in line.value.text() and "13812346210" in line.value.accessibleName()
    qtbot.waitUntil(lambda: "138****6210" in line.value.text())
    assert not line.eye.isChecked()
    monkeypatch.setattr(masked, "SHOWN_MS", 600_000)
    line.eye.click()
    page.hide()
    page.show()
    assert "13812346210" not in words(page) + line.value.accessibleName()


def test_detail_leads_with_the_platforms_word_field_by_field(
    qtbot: Any,
    workspace: Workspace,
    tasks: Tasks,
    navigate: Callable[..., None],
    settle: Settle,
    says: PlatformRows,
    went: Went,
) -> None:
    record = says.say(
        "demand", {"title": "谐波减速器寿命提升", "indicators": "寿命更长"}, (None, "submitted"), number="XQ26-0371"
    )
    says.say("demand", {}, ("submitted", "returned"), record=record, at="2026-09-15T08:20:00Z",
             remarks=[{"field": "demand_letter", "code": "S", "text": "公章不清", "due": "2026-09-25"},
                      {"field": "indicators", "code": "V", "text": "写明小时数", "due": "2026-09-25"},
                      {"field": None, "code": "LETTER_STALE", "text": ""}])  # fmt: skip
    page = shown(qtbot, DetailPage(workspace, tasks, navigate), settle, id=record)
    said = words(page)
    for part in ("平台意见：退回补充", "公章不清", "写明小时数", "9月25日前补齐，还有 9 天", "技术关键与主要指标：",
                 "仍可提交；平台可能请你换一份新的"):  # fmt: skip
        assert part in said, part
    assert "平台审核 需要处理 9月15日退回" in page.stepper.accessibleName()
    next(one for one in page.word.findChildren(QPushButton) if one.text() == "重扫").click()
    assert went[-1] == ("editor", {"id": record, "field": "demand_letter"})
    page.primary()
    assert went[-1] == ("editor", {"id": record, "field": "demand_letter"})
    names = [one.accessibleName() for one in page.rail_lines.findChildren(QWidget) if one.accessibleName()]
    assert any("平台退回" in one and "昨天 16:20" in one for one in names)


def test_withdrawing_needs_a_reason_and_deleting_can_be_undone(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle, says: PlatformRows
) -> None:
    record = says.say("demand", {"title": "要撤回的"}, (None, "submitted"), number="XQ26-0001")
    page = shown(qtbot, DetailPage(workspace, tasks, navigate), settle, id=record)
    page._ask_why()
    page._answered()
    settle()
    assert workspace.get(record).workflow == "submitted" and "moved" in page.notices.keys()  # noqa: SIM118  a method
    page.reason.setText("企业改了主意")
    QTest.keyClick(page.reason, Qt.Key.Key_Return)
    settle()
    assert workspace.get(record).workflow == "withdrawn"
    draft = workspace.draft("demand", {"title": "要删除的"})
    page.open(id=draft)
    settle()
    page._delete()
    settle()
    assert workspace.get(draft).workflow == "deleted"
    next(one for one in page.notices.findChildren(QPushButton) if one.text() == "撤销").click()
    settle()
    assert workspace.get(draft).workflow == "draft"


def test_a_record_that_is_not_there_is_said(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle
) -> None:
    page = shown(qtbot, DetailPage(workspace, tasks, navigate), settle, id="0198-none")
    assert page.notices.keys() == ["error"] and "没有这条记录" in words(page)


@pytest.mark.parametrize(
    ("kind", "workflow", "stage", "here", "done"),
    [("demand", "draft", None, "登记", 0), ("demand", "queued", None, "提交", 1), ("demand", "submitted", None, "平台审核", 2),
     ("demand", "accepted", "registered", "服务库", 4), ("demand", "accepted", "in_service", "促成合作", 5),
     ("demand", "accepted", "fulfilled", "", 6), ("achievement", "accepted", "landed", "", 6),
     ("landing", "accepted", "verified", "年度通报", 4), ("landing", "accepted", "notified", "", 5),
     ("request", "accepted", None, "", 4)],
)  # fmt: skip
def test_the_steps_stand_where_the_record_is(
    workspace: Workspace, says: PlatformRows, kind: str, workflow: str, stage: str | None, here: str, done: int
) -> None:
    record = says.say(
        kind, {"title": "一条"} if kind != "request" else {"content": "一条"}, (None, workflow), stage=stage
    )
    steps = steps_of(read_record(workspace, record, whole=True), TODAY)
    assert [step.name for step in steps if step.state in ("here", "bad")] == ([here] if here else [])
    assert sum(step.state == "done" for step in steps) == done


@pytest.mark.parametrize(
    ("workflow", "stage", "page", "said"),
    [("returned", None, "editor", "修改后重新提交"), ("draft", None, "editor", "继续填写 · 还差"),
     ("accepted", "matched", "editor", "登记落地"), ("accepted", "registered", "editor", "修改"),
     ("rejected", None, "detail", "查看")],
)  # fmt: skip
def test_the_main_button_is_the_next_step(
    workspace: Workspace, says: PlatformRows, workflow: str, stage: str | None, page: str, said: str
) -> None:
    record = says.say("demand", {"title": "一条需求"}, (None, workflow), stage=stage)
    step = next_step(read_record(workspace, record))
    assert step.page == page and step.words[0].startswith(said.partition("{")[0][:6])


def test_a_visit_is_written_in_a_minute_and_leads_on(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle, went: Went
) -> None:
    page = shown(qtbot, VisitsPage(workspace, tasks, navigate), settle)
    page.save()
    assert page.notices.keys() == ["lacks"]
    page.entry.org.line.setText("东莞市禾微光学有限公司")
    page.entry.minutes.setPlainText("看了产线，划痕靠人工检。")
    page.entry._result["demand"].click()
    page.entry._later[7].click()
    assert page.entry.main.text() == "存并登记需求"
    page.primary()
    settle()
    visit = workspace.rows(("visit",)).rows[0]
    assert visit.subtitle == "东莞市禾微光学有限公司" and visit.fields["due_on"] == "2026-09-23"
    assert visit.fields["purpose"] == "挖掘需求" and visit.fields["visitors"] == ["李敏"]
    name, where = went[-1]
    assert name == "editor" and where["kind"] == "demand"
    assert where["values"] == {"org": visit.fields["org"], "visit_id": visit.id}
    page.refresh()
    settle()
    said = words(page)
    assert "今年走访 1 次" in said and "看了产线，划痕靠人工检。" in said and "还有 7 天" in said
    assert page.entry.blank()


def test_a_follow_up_is_no_longer_due_once_it_was_made(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle
) -> None:
    first = workspace.draft("visit", {"org": COMPANY, "place": "实地", "started_at": "2026-09-01T02:00:00Z", "due_on": "2026-09-18",
                                      "next_step": "取补充协议"})  # fmt: skip
    page = shown(qtbot, VisitsPage(workspace, tasks, navigate), settle, follow=first)
    assert page.entry.org.line.text() == COMPANY["name"] and page._due_badge.accessibleName() == "1"
    page.entry.minutes.setPlainText("取回了协议。")
    page.save()
    settle()
    assert workspace.get(first).fields.get("due_on") is None
    assert workspace.rows(("visit",)).total == 2


def test_what_is_typed_survives_a_restart(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle, papers: Any
) -> None:
    page = shown(qtbot, VisitsPage(workspace, tasks, navigate), settle)
    page.entry.org.line.setText("东莞市恒文光纤有限公司")
    page.entry.minutes.setPlainText("说到一半")
    page.entry.place.setText("二楼")
    page.entry._result["demand"].click()
    page.entry._later[14].click()
    page.entry._photos = [papers / "visit-record-photo.jpg"]
    page.entry.org.open_new("东莞市恒文光纤有限公司")
    QTest.keyClicks(page.entry.org.place(), "9144")  # the code of the company, as far as it was typed
    QTest.qWait(KEEP_MS + 50)
    settle()
    assert workspace.recall(KEPT)["here"] is True, "the next start is at this page"
    again = shown(qtbot, VisitsPage(workspace, tasks, navigate), settle).entry
    assert again.minutes.toPlainText() == "说到一半" and again.org.line.text() == "东莞市恒文光纤有限公司"
    assert again.place.text() == "二楼" and again._chosen() == "demand" and again._photos == page.entry._photos
    assert again._later[14].isChecked() and again.due.date() == page.entry.due.date()
    assert again.org.begun() == page.entry.org.begun() and again.org.begun() is not None
    page.leave()
    settle()
    assert workspace.recall(KEPT)["here"] is False, "who went to another page is not brought back"


def test_a_photo_that_cannot_be_taken_costs_the_visit_nothing_and_is_said(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle, papers: Any, tmp_path: Path
) -> None:
    page = shown(qtbot, VisitsPage(workspace, tasks, navigate), settle)
    page.entry.org.line.setText("东莞市禾微光学有限公司")
    page.entry._photos = [tmp_path / "拔掉的卡" / "1.jpg", papers / "visit-record-photo.jpg"]
    page.save()
    page.save()  # pressed twice
    settle()
    (row,) = workspace.rows(("visit",)).rows
    assert len(workspace.get(row.id).papers) == 1 and page.entry.blank() and workspace.recall(KEPT) is None
    assert page.notices.keys() == ["photo 0", "saved"]


def test_photos_are_attached_to_the_visit(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Settle, papers: Any
) -> None:
    page = shown(qtbot, VisitsPage(workspace, tasks, navigate), settle)
    page.entry.org.line.setText("东莞市禾微光学有限公司")
    page.entry._photos = [papers / "demand-letter-photo.jpg"]
    page.save()
    settle()
    visit = workspace.get(workspace.rows(("visit",)).rows[0].id)
    assert [paper.kind for paper in visit.papers] == ["visit_photo"]
    assert "照片 1" in str([one.accessibleName() for one in page.findChildren(QWidget)])
