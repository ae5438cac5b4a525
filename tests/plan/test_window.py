"""What the centre gave out, in the window: to-do lines lead on, the detail page offers the steps, reading is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from desktop.pages.detail import DetailPage
from desktop.pages.library import LibraryPage
from desktop.pages.todo import TodoPage
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import ElidedLabel
from tests.plan.conftest import CHANGAN, HUMEN, Centre

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    theme.apply(qapp)
    language.install(qapp, "zh")
    made = Tasks()
    yield made
    made.close()


def settle(tasks: Tasks) -> None:
    still = 0
    for _ in range(2_000):
        QTest.qWait(5)
        still = still + 1 if tasks.idle() else 0
        if still >= 4:
            return
    raise AssertionError("the lanes never came to rest")


def shown(qtbot: Any, page: Any, tasks: Tasks, **where: Any) -> Any:
    qtbot.addWidget(page)
    page.resize(1232, 810)
    page.show()
    page.open(**where)
    settle(tasks)
    return page


def words(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_what_the_centre_gave_out_leads_to_where_it_is_done(qtbot: Any, tasks: Tasks, centre: Centre, accepted: Callable[..., str]) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    item = accepted(a, title="固态电解质薄膜连续制备工艺")
    centre("evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "1")
    centre("assign", item, "--unit", HUMEN, "--due-on", "2026-03-25")
    centre("evaluate", item, "--kind", "fast", "--advice", "入驻创新创业综合体；期限=2026-04-01")
    centre("notice", "add", "--title", "报送需求", "--kind", "任务", "--body", "请在系统登记。", "--unit", HUMEN, "--due-on", "2026-03-30")
    c.sync()
    went: list[tuple[str, dict[str, Any]]] = []
    navigate = lambda name, **where: went.append((name, where))  # noqa: E731
    page = shown(qtbot, TodoPage(c.w, tasks, navigate), tasks)
    page.parts.choose("centre")
    page._show()
    settle(tasks)
    for word in ("记服务", "去落实", "阅读"):
        (one,) = [each for each in page.card.findChildren(QPushButton) if each.text() == word and each.isVisibleTo(page)]
        one.click()
    assert went == [
        ("editor", {"kind": "service_log", "values": {"subject": item}}), ("detail", {"id": item}),
        ("library", {"library": "policy", "search": "报送需求"}),
    ]  # fmt: skip
    library = shown(qtbot, LibraryPage(c.w, tasks, navigate), tasks, library="policy", search="报送需求")
    settle(tasks)
    assert "请在系统登记。" in words(library)
    (told,) = c.w.rows(("notice",), search="报送需求").rows
    assert told.fields["read_at"], "what was shown in full was read"

    detail = shown(qtbot, DetailPage(c.w, tasks, navigate), tasks, id=item)
    assert "包干责任：虎门镇" in detail.subline.whole()
    assert detail.main.text() == "记服务"
    steps = [one.text() for one in detail.more.menu().actions()]
    assert steps[:2] == ["推进到“落地推进中”", "推进到“久推不动”"] and "修改" not in steps and "删除草稿" not in steps
    detail.more.menu().actions()[1].trigger()
    detail.reason.setText("企业资金未到位")
    detail._answered()
    settle(tasks)
    assert c.w.get(item).stage == "stalled"
    assert any("阶段变为“久推不动”" in one.accessibleName() for one in detail.rail_lines.findChildren(QWidget))
    c.sync()
    a.sync()
    own = shown(qtbot, DetailPage(a.w, tasks, navigate), tasks, id=item)
    assert a.w.get(item).stage == "stalled" and "修改" in [one.text() for one in own.more.menu().actions()]
    assert any("入驻创新创业综合体" in one.whole() for one in own.findChildren(ElidedLabel))
    assert a.w.required().unit == CHANGAN
