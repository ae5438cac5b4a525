"""The registration sheet: what is filled in stands on it, masked, with room to sign; long ones go on, and it becomes a PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from desktop.pages.detail import DetailPage
from desktop.pages.record_reading import read_record
from desktop.pages.sheet import SheetPage, sheet_of
from desktop.record_sheet import FLOOR, UPRIGHT, Line, SheetPages
from desktop.tasks import Tasks
from desktop.widgets import language
from sync.workspace import Workspace, today

COMPANY = {"name": "东莞市禾微光学有限公司", "org_kind": "企业", "contact_name": "何以宁", "contact_phone": "13912346210"}


@pytest.fixture
def record(workspace: Workspace, papers: Path) -> str:
    made = workspace.draft("demand", {"title": "玻璃盖板亚微米划痕检测", "org": COMPANY, "budget_fen": 48_000_000,
                                     "budget_currency": "CNY", "problem": "划痕靠人工检，漏检率约 3%。" * 4})  # fmt: skip
    workspace.attach(made, papers / "demand-letter.pdf", "demand_letter")
    return made


@pytest.fixture
def page(qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any, settle: Callable[[], None], record: str) -> SheetPage:
    made = SheetPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.resize(1224, 800)
    made.show()
    made.open(id=record)
    settle()
    return made


def said(path: Path) -> str:
    return "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(path))


def test_a_record_is_put_on_paper_and_kept_as_a_pdf(page: SheetPage, settle: Callable[[], None], tmp_path: Path) -> None:
    assert page.title == "登记表"
    page.export_to(tmp_path / "sheet.pdf")
    settle()
    assert page.notices.keys() == ["export"]
    words = said(tmp_path / "sheet.pdf")
    for one in ("长安镇技术需求登记表", "玻璃盖板亚微米划痕检测", "东莞市禾微光学有限公司", "48.00 万元", "人民币", "139****6210",
                "demand-letter.pdf（1 页）", "填表人：李敏", "企业负责人（签字、盖章）", "状态：草稿"):  # fmt: skip
        assert one in words, one
    assert "13912346210" not in words
    assert [round(size) for size in pypdfium2.PdfDocument(tmp_path / "sheet.pdf")[0].get_size()] == [595, 842]


def test_on_paper_it_is_chinese_in_an_english_window(qapp: Any, workspace: Workspace, record: str) -> None:
    language.install(qapp, "en")
    sheet = sheet_of(read_record(workspace, record), "长安镇", "李敏", today())
    language.install(qapp, "zh")
    assert {"主要问题", "技术合作预算", "预算币种", "证明材料"} <= {one.name for one in sheet.lines}
    assert "人民币" in [one.words for one in sheet.lines]


def test_a_long_text_goes_on_and_nothing_runs_off(workspace: Workspace, record: str) -> None:
    short = sheet_of(read_record(workspace, record), "长安镇", "李敏", today())
    text = "".join(f"第{number}步完成。" for number in range(600))
    pages = SheetPages(replace(short, lines=[*short.lines, Line("说明", text, wide=True), Line("甲", "一"), Line("乙", "二"), Line("丙", "三")]))
    assert pages.count() > 2
    ruled = [piece for page in pages._pages for piece in page if piece.ruled]
    assert all(one.box.left() >= 0 and one.box.right() <= UPRIGHT.width() and one.box.bottom() <= FLOOR + 1 for one in ruled)
    assert sum("填表人" in piece.block.words for page in pages._pages for piece in page) == 1


def test_the_way_from_the_record_is_a_button_and_a_key(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any, went: list[Any], settle: Callable[[], None], record: str
) -> None:
    detail = DetailPage(workspace, tasks, navigate)
    qtbot.addWidget(detail)
    detail.show()
    detail.open(id=record)
    settle()
    detail.sheet.click()
    detail.print_page()
    assert went == [("sheet", {"id": record})] * 2
    company = workspace.get(record).fields["org"]
    detail.open(id=str(company))
    settle()
    assert detail.sheet.isHidden()
    detail.print_page()
    assert len(went) == 2, "a company has no sheet"


def test_a_record_that_is_gone_is_said(page: SheetPage, settle: Callable[[], None]) -> None:
    page.open(id="nowhere")
    settle()
    assert page.notices.keys() == ["error"]
