"""The reports page over a real workspace: what is chosen is what is seen is what is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from desktop.pages.printing import print_pages, set_page
from desktop.pages.report_options import GROUPS
from desktop.pages.reports import ReportsPage, read_report
from desktop.report_painter import PAGE, Pages
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.report_view import ReportView
from sync.reports.catalogue import REPORTS
from sync.workspace import Workspace
from tests.desktop.platform_rows import PlatformRows

COUNTED = {"year": 2026, "credit": 1, "codes": []}


@pytest.fixture
def demand(workspace: Workspace) -> str:
    """A counted demand, in a workspace whose platform spoke this morning."""
    rows = PlatformRows(workspace)
    company = {"name": "东莞市禾微光学有限公司", "org_kind": "企业", "contact_name": "王工", "contact_phone": "13862106210"}
    org = rows.say("organisation", company)
    values = {"title": "玻璃基板激光诱导刻蚀", "org": org, "found_on": "2026-07-03", "budget_fen": 96_000_000}
    made = rows.say("demand", values, (None, "accepted"), number="XQ26-0203", counted=COUNTED, stage="registered")
    rows.tell(counted={"as_of": "2026-09-16T01:12:00Z", "years": {"2026": {"discovery": {"counted": 1}}}})
    return made


@pytest.fixture
def page(
    qtbot: QtBot, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Callable[[], None], demand: str
) -> ReportsPage:
    made = ReportsPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.resize(1384, 800)
    made.show()
    made.open()
    settle()
    return made


def go(page: ReportsPage, settle: Callable[[], None], key: str, code: str = "") -> None:
    page.open(report=key, period=code)
    settle()


def words(page: ReportsPage) -> str:
    return " ".join(one.text() for one in page.options.findChildren(QLabel) if one.isVisibleTo(page))


def press(page: ReportsPage, name: str) -> None:
    found = page.options.findChild(QPushButton, name)
    assert found is not None, name
    found.click()


def test_it_opens_with_the_register_of_this_year(page: ReportsPage) -> None:
    shown = page.shown()
    assert shown is not None
    assert (shown.filled.report.key, shown.filled.period.code) == ("register", "2026")
    assert [row[3] for row in shown.filled.rows] == ["玻璃基板激光诱导刻蚀"]
    assert page.place.text() == "A4 横向 · 第 1 页，共 1 页"
    assert "与“我的进度”一致" in words(page)
    assert "审核状态截至今天 09:12" in words(page)
    assert not page.options.way.isVisibleTo(page)


def test_every_report_can_be_chosen_and_seen(page: ReportsPage, settle: Callable[[], None]) -> None:
    for group, keys in GROUPS.items():
        page.parts.choose(group)
        page.parts.chosen.emit(group)
        settle()
        radios = page.options.findChildren(QRadioButton)
        for key in keys:
            if len(keys) > 1:
                next(one for one in radios if one.text().startswith(REPORTS[key].label)).click()
                settle()
                radios = page.options.findChildren(QRadioButton)
            shown = page.shown()
            assert shown is not None
            assert shown.filled.report.key == key
            assert shown.pages is not None
    assert {key for keys in GROUPS.values() for key in keys} == set(REPORTS)


def test_another_period_and_year(page: ReportsPage, settle: Callable[[], None]) -> None:
    go(page, settle, "demands")
    shown = page.shown()
    assert shown is not None
    assert shown.filled.period.code == "2026Q3"
    assert len(shown.filled.rows) == 1
    page.options.period.setCurrentIndex(0)
    page.options.period.activated.emit(0)
    settle()
    assert page.asked().period.code == "2026Q1"
    assert page.shown().filled.rows == []  # type: ignore[union-attr]
    assert "没有可列的记录" in page.below.text()
    page.options.years.choose("2025")
    page.options.years.chosen.emit("2025")
    settle()
    assert page.asked().period.code == "2025Q4"


def test_the_preview_is_the_output(page: ReportsPage, settle: Callable[[], None], tmp_path: Path) -> None:
    go(page, settle, "demands")
    shown = page.shown()
    assert shown is not None
    assert shown.pages is not None
    page.export_to(tmp_path / "a.pdf")
    page.export_to(tmp_path / "a.xlsx")
    settle()
    assert page.notices.keys() == ["export"]
    scale = 0.25
    image = QImage(round(PAGE.width() * scale), round(PAGE.height() * scale), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.scale(scale, scale)
    shown.pages.paint(painter, 0)
    painter.end()
    image.save(str(tmp_path / "screen.png"))
    from PIL import Image, ImageChops

    screen = Image.open(tmp_path / "screen.png").convert("L")
    paper = pypdfium2.PdfDocument(tmp_path / "a.pdf")[0].render(scale=scale * 10).to_pil().convert("L").resize(screen.size)
    small = (screen.width // 12, screen.height // 12)
    apart = ImageChops.difference(screen.resize(small), paper.resize(small))
    assert max(apart.tobytes()) < 70
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["C4"].value == "玻璃基板激光诱导刻蚀"


def test_notes_are_kept_while_typing_and_stand_on_the_paper(
    page: ReportsPage, settle: Callable[[], None], workspace: Workspace
) -> None:
    go(page, settle, "demands")
    page.options.notes.setPlainText("由科技办汇总")
    assert page.options.typing()
    page.leave()
    settle()
    assert not page.options.typing()
    shown = page.shown()
    assert shown is not None
    assert shown.filled.notes == "由科技办汇总"
    assert workspace.rows(("report",)).rows[0].fields["notes"] == "由科技办汇总"
    go(page, settle, "policy")
    assert page.options.notes.toPlainText() == ""
    go(page, settle, "demands")
    assert page.options.notes.toPlainText() == "由科技办汇总"


def test_notes_typed_for_one_report_never_land_on_another(
    page: ReportsPage, settle: Callable[[], None], workspace: Workspace
) -> None:
    go(page, settle, "demands")
    page.options.notes.setPlainText("需求的说明")
    go(page, settle, "policy")
    assert page.options.notes.toPlainText() == ""
    kept = {row.fields["kind"]: row.fields.get("notes") for row in workspace.rows(("report",)).rows}
    assert kept == {"季度需求征集": "需求的说明"}


def test_from_fixing_to_sending(
    page: ReportsPage, settle: Callable[[], None], workspace: Workspace, papers: Path, went: list[Any]
) -> None:
    go(page, settle, "review")
    press(page, "state")
    settle()
    shown = page.shown()
    assert shown is not None
    assert shown.record is not None
    assert "内容不再随记录变化" in words(page)
    assert shown.record.fields["rows"] == [list(row) for row in shown.filled.rows]
    page.submit()
    settle()
    assert "state" in page.notices.keys()  # noqa: SIM118  it is no mapping
    assert workspace.get(shown.record.id).workflow == "draft"
    assert page.options.findChild(QPushButton, "scan") is not None
    page.add_scan(papers / "contract.pdf")
    settle()
    press(page, "submit")
    settle()
    record = workspace.get(shown.record.id)
    assert (record.workflow, [paper.kind for paper in record.papers]) == ("queued", ["report_scan"])
    press(page, "open")
    assert went[-1] == ("detail", {"id": record.id})


def test_a_fixed_report_can_follow_the_records_again(page: ReportsPage, settle: Callable[[], None]) -> None:
    go(page, settle, "ledger")
    press(page, "state")
    settle()
    press(page, "reopen")
    settle()
    shown = page.shown()
    assert shown is not None
    assert shown.filled.stated_on == ""
    assert page.options.findChild(QPushButton, "state") is not None


def test_where_syncing_first_would_help_it_is_one_click(page: ReportsPage, settle: Callable[[], None], went: list[Any]) -> None:
    page.workspace.draft("visit", {"place": "松山湖"})
    page.refresh()
    settle()
    next(one for one in page.options.findChildren(QPushButton) if one.text() == "先同步").click()
    assert went == [("sync_now", {})]


def test_without_a_printer_it_says_what_to_do(page: ReportsPage, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtPrintSupport import QPrinterInfo

    monkeypatch.setattr(QPrinterInfo, "availablePrinterNames", staticmethod(lambda: []))
    page.print_page()
    assert page.notices.keys() == ["print"]


def test_printed_pages_are_the_same_pages(page: ReportsPage, settle: Callable[[], None], tmp_path: Path) -> None:
    from PySide6.QtPrintSupport import QPrinter

    go(page, settle, "ledger")
    shown = page.shown()
    assert shown is not None
    assert shown.pages is not None
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "print.pdf"))
    set_page(printer, shown.pages)
    print_pages(printer, shown.pages)
    document = pypdfium2.PdfDocument(tmp_path / "print.pdf")
    assert len(document) == shown.pages.count()
    assert [round(size) for size in document[0].get_size()] == [842, 595]
    picture = document[0].render(scale=1).to_pil().convert("L")
    dark = [at for at in range(picture.width) if min(picture.crop((at, 0, at + 1, picture.height)).tobytes()) < 128]
    assert 35 <= dark[0] <= 50
    assert 795 <= dark[-1] <= 805


def test_zoom_and_pages_in_sight(qtbot: QtBot, workspace: Workspace, page: ReportsPage, settle: Callable[[], None]) -> None:
    go(page, settle, "ledger")
    shown = page.shown()
    assert shown is not None
    from dataclasses import replace

    row = list(shown.filled.rows[0])
    many = Pages(replace(shown.filled, rows=[[at, *row[1:]] for at in range(90)]))
    view: ReportView = page.view
    view.show_pages(many)
    assert many.count() > 2
    view.fit("width")
    wide = view.scale()
    view.fit("page")
    assert view.scale() < wide
    view.step(1)
    assert view.scale() in (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
    assert view.page_in_sight() == 1
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    assert view.page_in_sight() == many.count()
    assert page.place.text().endswith(f"共 {many.count()} 页")
    assert not view.grab().isNull()


def test_an_answer_to_an_older_question_is_dropped(page: ReportsPage, workspace: Workspace, settle: Callable[[], None]) -> None:
    go(page, settle, "policy")
    old = read_report(workspace, page.asked())
    go(page, settle, "demands")
    page._came(old)
    shown = page.shown()
    assert shown is not None
    assert shown.filled.report.key == "demands"


def test_english_and_dark(
    qtbot: QtBot, qapp: Any, workspace: Workspace, tasks: Tasks, navigate: Callable[..., None], settle: Callable[[], None], demand: str
) -> None:
    language.install(qapp, "en")
    theme.apply(qapp, dark=True)
    made = ReportsPage(workspace, tasks, navigate)
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    made.open(report="demands")
    settle()
    said = [one.text() for one in (*made.findChildren(QLabel), *made.findChildren(QPushButton)) if one.text()]
    # what a policy says and what stands on the official paper stays Chinese
    assert [one for one in said if any("一" <= sign <= "鿿" for sign in one) and "For:" not in one] == []
    language.install(qapp, "zh")


def test_the_register_is_drawn_up_as_of_a_day_with_chosen_columns(page: ReportsPage, settle: Callable[[], None]) -> None:
    form = page.options.form
    radios = [one.text() for one in page.options.findChildren(QRadioButton)]
    assert radios == ["只列已计入　1 项", "加上待审核　1 项", "全部　1 项"]
    boxes = {one.text(): one for one in form.findChildren(QCheckBox)}
    assert not form.masked.isVisibleTo(page), "no number stands on it"
    boxes["联系人"].click()
    boxes["状态"].click()
    settle()
    shown = page.shown()
    assert shown is not None
    keys = [column.key for column in shown.filled.columns]
    assert "contact" in keys and "state" not in keys
    assert shown.filled.rows[0][keys.index("contact")] == "王工 138****6210"
    form.masked.click()
    settle()
    assert "13862106210" in str(page.shown().filled.rows)  # type: ignore[union-attr]
    form.day.set_value("2026-07-02")
    form.day.on_left()
    settle()
    assert page.shown().filled.rows == []  # type: ignore[union-attr]
    for bad in ("2027-01-01", "不知道哪天"):
        form.day.line.setText(bad)
        form.day.on_left()
        assert "不晚于今天" in words(page) and form.day.line.text() == bad, "what was typed stays"
    go(page, settle, "ledger")
    assert form.isVisibleTo(page) and not form.day.isVisibleTo(page)
    go(page, settle, "demands")
    assert form.masked.isVisibleTo(page) and form.masked.isChecked()
