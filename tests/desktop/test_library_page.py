"""The library page over a real workspace: every module of the platform, searched offline, filled by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from desktop.pages.libraries import LIBRARIES, belongs, read_library
from desktop.pages.library import LibraryPage
from desktop.tasks import Tasks
from desktop.widgets import language
from sync.domain.kinds import KINDS
from sync.workspace import Workspace
from tests.desktop.platform_rows import PlatformRows

#: what the pilot-platform opinions and the plan name, under the names of this page
MODULES = ("成果发现库", "技术需求库", "服务库", "技术经纪人库", "企业诉求窗口", "成果案例展示", "中试专栏", "政策资讯")


@pytest.fixture
def ids(workspace: Workspace) -> dict[str, str]:
    """One thing in each library."""
    rows = PlatformRows(workspace)
    org = rows.say("organisation", {"name": "东莞市云枢机器人有限公司", "org_kind": "企业", "uscc": "91441900MA0000007J"})
    taken = (None, "accepted")
    counted = {"year": 2026, "credit": 1, "codes": []}
    service = rows.say("achievement", {"title": "关节模组密封结构", "owner_org": org, "found_on": "2026-03-01", "disclosure": "内部"},
                       taken, number="CG26-0001", counted=counted, stage="in_service")  # fmt: skip
    found = {
        "org": org, "service": service,
        "open": rows.say("achievement", {"title": "六维力传感器", "owner_org": org, "found_on": "2026-04-01", "disclosure": "公开"},
                         taken, stage="registered"),
        "demand": rows.say("demand", {"title": "协作臂扭矩标定", "org": org, "found_on": "2026-05-01"}, taken, stage="registered"),
        "landing": rows.say("landing", {"title": "密封结构许可", "subject": service, "route": "PRJ-1A"}, taken, stage="verified"),
        "policy": rows.say("notice", {"title": "中试平台管理办法", "kind": "政策", "issuer": "市科技局", "issued_on": "2026-06-18",
                                      "body": "第一条 为规范中试平台建设。"}),
        "task": rows.say("notice", {"title": "三季度征集通知", "kind": "任务", "issuer": "市科技局", "issued_on": "2026-09-08"}),
    }  # fmt: skip
    machine = {"kind": "中试设备", "title": "五轴车铣中心", "org": org, "description": "可做试样"}
    found["equipment"] = workspace.add("pilot_resource", [machine])[0]
    found["platform"] = workspace.add("pilot_platform", [{"name": "长安中试平台", "kind": "中试平台", "host_org": org}])[0]
    found["request"] = workspace.add("request", [{"org": org, "kind": "技术", "content": "寻找两万小时寿命的密封材料"}])[0]
    found["blocker"] = workspace.add("blocker", [{"subject": service, "kind": "安全", "description": "试装场地没有安全评估"}])[0]
    return found


@pytest.fixture
def page(
    qtbot: QtBot, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Callable[[], None], ids: dict[str, str]
) -> LibraryPage:
    made = LibraryPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.resize(1232, 800)
    made.show()
    made.open()
    settle()
    return made


def go(page: LibraryPage, settle: Callable[[], None], key: str, part: str = "") -> list[str]:
    """The ids a library shows."""
    page.open(library=key, part=part)
    settle()
    return [row.id for row in page.table().table.rows()] if page.stack.currentWidget() is page.table() else []


def words(page: LibraryPage) -> str:
    return " ".join(one.text() for one in page.findChildren(QLabel) if one.isVisibleTo(page))


def test_every_module_of_the_platform_is_there() -> None:
    assert tuple(library.words[0] for library in LIBRARIES.values())[:8] == MODULES
    pilot = [part.words[0] for part in LIBRARIES["pilot"].parts.values()]
    assert pilot == ["中试解决方案", "中试需求", "中试平台", "中试设备", "中试代工厂"]


def test_everything_stands_in_its_library(page: LibraryPage, settle: Callable[[], None], ids: dict[str, str]) -> None:
    assert set(go(page, settle, "finds")) == {ids["service"], ids["open"]}
    assert go(page, settle, "demands") == [ids["demand"]]
    assert go(page, settle, "service") == [ids["service"]]
    assert set(go(page, settle, "cases")) == {ids["landing"], ids["open"]}
    assert go(page, settle, "requests") == [ids["request"]]
    assert set(go(page, settle, "pilot")) == {ids["equipment"], ids["platform"]}
    assert go(page, settle, "pilot", "equipment") == [ids["equipment"]]
    assert go(page, settle, "pilot", "platforms") == [ids["platform"]]
    assert go(page, settle, "policy", "policy") == [ids["policy"]]
    assert go(page, settle, "policy", "notices") == [ids["task"]]
    assert go(page, settle, "work", "blocker") == [ids["blocker"]]


def test_what_is_internal_is_never_in_the_showcase(page: LibraryPage, workspace: Workspace, ids: dict[str, str]) -> None:
    row = next(one for one in workspace.rows(("achievement",)).rows if one.id == ids["service"])
    assert not belongs("cases", "", row)
    assert belongs("service", "", row)


def test_search_works_offline_also_by_initials(page: LibraryPage, settle: Callable[[], None], ids: dict[str, str]) -> None:
    page.open(library="finds", search="lwl")
    settle()
    assert [row.id for row in page.table().table.rows()] == [ids["open"]]
    page.open(library="policy", search="为规范中试")
    settle()
    assert [row.id for row in page.table().table.rows()] == [ids["policy"]]
    page.open(library="policy", search="没有这样的词")
    settle()
    assert "没有符合的" in words(page)
    next(one for one in page.findChildren(QPushButton) if one.text() == "清除搜索").click()
    settle()
    assert len(page.table().table.rows()) == 2


def test_an_empty_library_says_what_will_be_there_and_offers_to_add(
    page: LibraryPage, settle: Callable[[], None], went: list[Any]
) -> None:
    assert go(page, settle, "brokers") == []
    said = words(page)
    assert "技术经纪人库还是空的" in said
    assert "中心核验后入库" in said
    next(one for one in page.findChildren(QPushButton) if one.text() == "新建技术经纪（理）人").click()
    assert went[-1] == ("editor", {"kind": "broker"})
    assert go(page, settle, "pilot", "makers") == []
    assert "中试代工厂还是空的" in words(page)


def test_an_empty_library_of_the_platform_offers_to_sync(
    qtbot: QtBot, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Callable[[], None], went: list[Any]
) -> None:
    made = LibraryPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.show()
    made.open(library="policy")
    settle()
    assert made.age.text() == "还没有同步过，只有本机的"
    next(one for one in made.findChildren(QPushButton) if one.text() == "立即同步").click()
    assert went == [("sync_now", {})]


def test_every_kind_a_liaison_writes_here_can_be_added(page: LibraryPage, settle: Callable[[], None], went: list[Any]) -> None:
    wanted = {"service_log", "event", "broker", "request", "blocker", "pilot_platform", "pilot_resource", "ledger_row"}
    assert wanted <= set(page.new_kinds())
    assert page.new_kinds()[0] == "achievement"
    go(page, settle, "work", "event")
    assert page.new_kinds()[0] == "event"
    page.show_new()
    actions = [one for one in page.new_menu.actions() if not one.isSeparator()]
    assert [one.text() for one in actions] == [KINDS[kind].label for kind in page.new_kinds()]
    for action in actions:
        action.trigger()
    assert [where["kind"] for _name, where in went] == page.new_kinds()
    page.new_menu.close()


def test_a_notice_is_read_whole_and_not_edited(page: LibraryPage, settle: Callable[[], None], ids: dict[str, str]) -> None:
    go(page, settle, "policy", "policy")
    assert page.side.currentWidget() is page.notice
    said = " ".join(one.text() for one in page.notice.findChildren(QLabel))
    assert "第一条 为规范中试平台建设。" in said
    assert "市科技局" in said
    assert page.notice.findChildren(QPushButton) == []
    go(page, settle, "policy", "notices")
    assert "平台没有发来正文" in " ".join(one.text() for one in page.notice.findChildren(QLabel))
    go(page, settle, "demands")
    assert page.side.currentWidget() is page.preview


def test_it_says_how_old_it_is(page: LibraryPage, workspace: Workspace, settle: Callable[[], None]) -> None:
    workspace.add_round({"started_at": "2026-09-15T09:40:00Z", "seconds": 1.0, "server_time": "2026-09-15T09:40:02Z"})
    page.refresh()
    settle()
    assert page.age.text() == "平台内容截至 昨天 17:40"


def test_opening_goes_to_the_record(page: LibraryPage, settle: Callable[[], None], ids: dict[str, str], went: list[Any]) -> None:
    go(page, settle, "demands")
    page.table().opened.emit(ids["demand"])
    assert went[-1] == ("detail", {"id": ids["demand"]})


def test_a_request_becomes_a_demand_with_one_click(
    page: LibraryPage, settle: Callable[[], None], workspace: Workspace, ids: dict[str, str], went: list[Any]
) -> None:
    go(page, settle, "demands")
    assert not page.convert_button.isVisible()
    go(page, settle, "requests")
    assert page.convert_button.isVisible()
    page.convert_button.click()
    settle()
    made = workspace.get(ids["request"]).fields["demand_id"]
    assert went[-1] == ("editor", {"id": made})
    assert workspace.get(made).fields["request_id"] == ids["request"]


def test_it_fits_into_a_small_window(page: LibraryPage, settle: Callable[[], None]) -> None:
    page.resize(904, 480)
    settle()
    assert page.libraries.width() <= 904 - 40
    assert not page.side.isVisible()
    page.resize(1232, 800)
    settle()
    assert page.side.isVisible()


def test_english(
    qtbot: QtBot, qapp: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Callable[[], None]
) -> None:
    language.install(qapp, "en")
    made = LibraryPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.resize(1232, 800)
    made.show()
    for key in LIBRARIES:
        made.open(library=key)
        settle()
        said = [one.text() for one in (*made.findChildren(QLabel), *made.findChildren(QPushButton)) if one.isVisibleTo(made)]
        assert [one for one in said if any("一" <= sign <= "鿿" for sign in one)] == []
    assert made.libraries.width() <= 1232 - 40
    language.install(qapp, "zh")


def test_two_thousand_rows_come_at_once(workspace: Workspace) -> None:
    values = [{"kind": "中试设备", "title": f"设备 {number}"} for number in range(300)]
    workspace.add("pilot_resource", values)
    held = read_library(workspace, "pilot", "equipment", "设备 299")
    assert [row.title for row in held.rows] == ["设备 299"]
    assert held.counts["pilot"] == 300
