"""The form of every kind follows from its declaration, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from desktop.widgets import record_form
from desktop.widgets.choice_editors import Choice, YesNo
from desktop.widgets.entry import Unread, money, read, show, understood
from desktop.widgets.field_editors import TypedLine
from desktop.widgets.form_field import FormField
from desktop.widgets.list_editors import CheckSet, RowTable, Tags
from desktop.widgets.organisation_form import OrganisationForm
from desktop.widgets.record_form import RecordForm
from desktop.widgets.reference_editor import Reference
from sync.domain.fields import Field
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem, sentence
from sync.workspace import Workspace

DAY = date(2026, 9, 16)
DEMAND, VISIT, ACHIEVEMENT = KINDS["demand"].fields, KINDS["visit"].fields, KINDS["achievement"].fields
COMPANY = {"name": "东莞市甲科技有限公司", "uscc": "91441900MA0000007J", "org_kind": "企业"}
WRITTEN = [kind for kind in KINDS.values() if kind.writer == "liaison" and kind.name != "evidence"]


def made(qtbot: Any, workspace: Workspace, kind: str = "demand") -> RecordForm:
    form = RecordForm(kind, workspace)
    qtbot.addWidget(form)
    form.resize(620, 700)
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    return form


def type_into(form: RecordForm, name: str, text: str) -> FormField:
    shown = form.field(name)
    assert shown is not None
    line = shown.editor.entry()
    line.setFocus()
    if isinstance(line, QLineEdit):
        line.selectAll()
    commit = QInputMethodEvent()  # as an input method hands over what was composed
    commit.setCommitString(text)
    QApplication.sendEvent(line, commit)
    return shown


@pytest.mark.parametrize(
    ("field", "typed", "value", "shown"),
    [
        (DEMAND["budget_fen"], "68万", 68_000_000, "68.00"),
        (DEMAND["budget_fen"], "680000元", 68_000_000, "68.00"),
        (DEMAND["budget_fen"], "６８", 68_000_000, "68.00"),
        (DEMAND["budget_fen"], "1,234.5", 1_234_500_000, "1,234.50"),
        (DEMAND["budget_fen"], "0", 0, "0.00"),
        (DEMAND["budget_fen"], "0.000001亿", 10_000, "0.01"),
        (DEMAND["found_on"], "2026.3.5", "2026-03-05", "2026-03-05"),
        (DEMAND["found_on"], "3月5日", "2026-03-05", "2026-03-05"),
        (DEMAND["found_on"], "昨天", "2026-09-15", "2026-09-15"),
        (ACHIEVEMENT["started_ym"], "2026年3月", "2026-03", "2026-03"),
        (VISIT["started_at"], "2026.3.10 9:30", "2026-03-10T01:30:00Z", "2026-03-10 09:30"),
        (VISIT["started_at"], "下午3点", "2026-09-16T07:00:00Z", "2026-09-16 15:00"),
        (ACHIEVEMENT["trl"], "７", 7, "7"),
        (KINDS["organisation"].fields["uscc"], "91441900 ma0000007j", "91441900MA0000007J", "91441900MA0000007J"),
    ],
)
def test_what_people_type_is_understood(field: Field, typed: str, value: object, shown: str) -> None:
    assert read(field, typed, DAY) == value
    assert show(field, value) == shown


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        (DEMAND["budget_fen"], "50-80万", "AMOUNT_NOT_NUMBER"),
        (DEMAND["budget_fen"], "面议", "AMOUNT_NOT_NUMBER"),
        (DEMAND["found_on"], "2026-02-30", "NOT_A_DATE"),
        (ACHIEVEMENT["started_ym"], "2026年13月", "NOT_A_MONTH"),
        (VISIT["started_at"], "25:00", "NOT_A_TIME"),
        (ACHIEVEMENT["trl"], "七", "NOT_AN_INT"),
    ],
)
def test_what_cannot_be_read_is_kept_and_never_guessed(field: Field, typed: str, code: str) -> None:
    assert read(field, typed, DAY) == Unread(typed, code)
    assert show(field, Unread(typed, code)) == typed


def test_an_amount_keeps_every_fen() -> None:
    assert [money(fen, "万元") for fen in (1, 123_456, -6_000_000, 100_000_000_000)] == [
        "0.000001",
        "0.123456",
        "-6.00",
        "100,000.00",
    ]
    assert money(1, "元") == "0.01"
    assert understood(DEMAND["budget_fen"], "68万", 68_000_000) == "68.00 万元"
    assert understood(DEMAND["budget_fen"], "60", 60_000_000) == ""


@pytest.mark.parametrize("kind", WRITTEN, ids=lambda kind: kind.name)
def test_every_kind_has_a_form_with_all_its_fields_named_and_marked(
    qtbot: Any, workspace: Workspace, kind: Any
) -> None:
    form = made(qtbot, workspace, kind.name)
    assert len(form.sections) == max(1, len(kind.sections or {}))
    values: dict[str, Any] = form.filled()
    for field in kind.fields.values():
        shown = form.field(field.name)
        if field.type in ("auto", "evidence") or field.owner != "liaison":
            assert shown is None
            continue
        assert shown is not None
        assert shown.editor.entry().accessibleName()
        label = next(one for one in shown.findChildren(QLabel) if one.text() == field.label)
        assert label.buddy() is shown.editor.entry()
        assert shown.isVisibleTo(form) == field.applies(values)
        star = next(one for one in shown.findChildren(QLabel) if one.text() == "*")
        assert star.isVisibleTo(shown) == field.needed(values, "submit")


def test_each_type_gets_its_editor(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace, "achievement")
    kinds = {
        "category": Choice, "title": TypedLine, "transfer_modes": CheckSet, "keywords": Tags, "ip": RowTable,
        "owner_org": Reference, "catalogue_ok": YesNo,
    }  # fmt: skip
    for name, editor in kinds.items():
        shown = form.field(name)
        assert shown is not None
        assert isinstance(shown.editor, editor), name


def test_values_come_back_as_they_were_put_in(qtbot: Any, workspace: Workspace) -> None:
    org = workspace.draft("organisation", COMPANY)
    values = {
        "owner_org": org, "title": "高速主轴热误差补偿", "category": "项目类", "intro": "第一行\n第二行", "keywords": ["主轴", "误差"],
        "industry": "C3569", "trl": 6, "started_ym": "2025-01", "fund_source": "财政", "accepted": False, "claimed_value_fen": 123_456,
        "ip": [{"kind": "发明专利", "number": "ZL2020"}, {"kind": "其他", "owner": "甲"}], "transfer_modes": ["许可", "合作"],
        "found_on": "2026-03-10", "secrecy": "非密", "disclosure": "内部", "source_channel": "走访",
    }  # fmt: skip
    form = made(qtbot, workspace, "achievement")
    changed: list[str] = []
    form.changed.connect(changed.append)
    form.set_values(values)
    assert form.filled() == values
    assert changed == []


def test_a_value_its_list_no_longer_has_stays_visible_and_kept(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace, "achievement")
    form.set_values({"category": "旧类别", "transfer_modes": ["许可", "旧方式"]})
    assert form.filled()["category"] == "旧类别"
    assert form.filled()["transfer_modes"] == ["许可", "旧方式"]


def test_towns_and_industries_are_chosen_by_name_and_kept_as_codes(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace, "landing")
    place = form.field("place")
    assert place is not None and isinstance(place.editor, Choice)
    box = place.editor.box
    box.setCurrentIndex(box.findText("长安", Qt.MatchFlag.MatchContains))
    assert box.currentText() == "441900119 长安镇"
    assert form.filled()["place"] == "441900119"
    demand = made(qtbot, workspace)
    demand.set_values({"industry": "C39"})
    industry = demand.field("industry")
    assert industry is not None and isinstance(industry.editor, Choice)
    assert industry.editor.box.currentText() == "C39 计算机、通信和其他电子设备制造业"
    industry.editor.box.setEditText("C3989")
    assert demand.filled()["industry"] == "C3989"
    demand.set_values({"industry": "C3989"})
    assert demand.filled()["industry"] == "C3989"


def test_every_offered_industry_has_a_name() -> None:
    from desktop.code_names import names
    from sync.domain.lists import INDUSTRIES

    assert set(INDUSTRIES) <= set(names("industry"))
    assert set(names("industry", "en")) == set(names("industry"))
    assert len(names("divisions")) >= 32


def test_fields_of_another_route_are_hidden_and_keep_their_values(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace, "landing")
    form.set_values({"route": "DEM", "contract_title": "合同甲", "payments": [{"amount_fen": 100}]})
    title, mode = form.field("contract_title"), form.field("mode")
    assert title is not None and mode is not None
    assert (title.isVisibleTo(form), mode.isVisibleTo(form)) == (True, False)
    form.set_values({**form.filled(), "route": "ENT"})
    assert (title.isVisibleTo(form), mode.isVisibleTo(form)) == (False, True)
    assert form.filled()["contract_title"] == "合同甲"
    assert form.filled()["payments"] == [{"amount_fen": 100}]


def test_text_that_is_no_amount_stays_in_its_line_and_says_why(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace)
    shown = type_into(form, "budget_fen", "50-80万")
    form.focus_field("title")
    assert "budget_fen" not in form.values()
    assert form.unread()["budget_fen"].text == "50-80万"
    assert shown.problem is not None and shown.problem.code == "AMOUNT_NOT_NUMBER"
    assert "budget_fen" in form.gaps()
    form.set_values(form.filled(), skip=frozenset(form.unread()))
    assert form.unread()["budget_fen"].text == "50-80万"


def test_an_amount_is_tidied_when_left_and_says_what_was_understood(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace)
    shown = type_into(form, "budget_fen", "68万")
    line = shown.editor.entry()
    assert isinstance(line, QLineEdit)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "68.00"
    assert form.filled()["budget_fen"] == 68_000_000
    assert any(
        "已理解为 68.00 万元" in label.text() for label in shown.findChildren(QLabel) if label.isVisibleTo(shown)
    )


def test_problems_wait_until_somebody_was_there_or_asked(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace)
    problems = workspace.problems("demand", form.filled())
    form.show_problems(problems)
    title = form.field("title")
    assert title is not None and title.problem is None
    form.show_problems(problems, asked=True)
    assert title.problem is not None and title.problem.code == "REQUIRED"
    message = sentence(title.problem)
    assert any(label.text() == message and label.isVisibleTo(title) for label in title.findChildren(QLabel))
    type_into(form, "title", "高速主轴热误差")
    assert title.problem is None, "it is cleared as soon as it is put right"


def test_f8_walks_through_the_gaps_in_reading_order_and_opens_closed_sections(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace)
    form.show_problems([Problem("title", "REQUIRED", "block"), Problem("found_on", "REQUIRED", "block"),
                        Problem("budget_fen", "REQUIRED", "block")])  # fmt: skip
    for section in form.sections.values():
        section.set_open(False)
    assert [form.next_gap() for _ in range(4)] == ["title", "budget_fen", "found_on", "title"]
    assert form.sections["what"].is_open() and form.sections["budget"].is_open()
    assert not form.sections["who"].is_open()
    assert form.next_gap(back=True) == "found_on"


def test_a_finished_section_closes_to_one_line_of_its_values(qtbot: Any, workspace: Workspace) -> None:
    org = workspace.draft("organisation", COMPANY)
    form = made(qtbot, workspace)
    form.set_values({"org": org})
    form.collapse_finished()
    section = form.sections["who"]
    assert section.state() == "done"
    assert not section.is_open()
    assert section._summary.whole() == COMPANY["name"]
    assert form.sections["what"].is_open()


def test_what_is_wrong_is_heard_once_the_field_is_left(qtbot: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(record_form, "announce", lambda _widget, words: heard.append(words))
    form = made(qtbot, workspace)
    shown = form.field("budget_fen")
    assert shown is not None and shown.editor.entry().accessibleDescription().startswith("必填")
    line = shown.editor.entry()
    line.setFocus()
    QTest.keyClicks(line, "5x")
    assert heard == []
    form.focus_field("title")
    (words,) = heard
    assert words.startswith("技术合作预算：“5x”不是可以识别的金额")
    assert line.accessibleDescription() == words.partition("：")[2]
    form.focus_field("budget_fen")
    form.focus_field("title")
    assert heard == [words], "not again where nothing changed"


def test_a_company_is_found_while_typing_by_name_or_initials(qtbot: Any, workspace: Workspace) -> None:
    org = workspace.draft("organisation", COMPANY)
    form = made(qtbot, workspace)
    shown = form.field("org")
    assert shown is not None and isinstance(shown.editor, Reference)
    type_into(form, "org", "jkj")
    shown.editor.search()
    index = shown.editor._found.index(0, 0)
    assert COMPANY["name"] in str(index.data())
    shown.editor._pick(index)
    QApplication.processEvents()
    assert form.filled()["org"] == org
    assert shown.editor.line.text() == COMPANY["name"]


def test_a_company_typed_in_full_is_taken_when_the_line_is_left(qtbot: Any, workspace: Workspace) -> None:
    org = workspace.draft("organisation", COMPANY)
    form = made(qtbot, workspace)
    shown = form.field("org")
    assert shown is not None and isinstance(shown.editor, Reference)
    shown.editor.line.setText(COMPANY["name"])
    shown.editor.line.textEdited.emit(COMPANY["name"])
    assert isinstance(shown.editor.value(), Unread)
    shown.editor.on_left()
    assert form.filled()["org"] == org


def test_a_new_company_is_entered_in_place_and_becomes_a_record_with_the_demand(
    qtbot: Any, workspace: Workspace
) -> None:
    form = made(qtbot, workspace)
    shown = form.field("org")
    assert shown is not None and isinstance(shown.editor, Reference)
    shown.editor.open_new("东莞市乙精密有限公司")
    entry = shown.editor.findChild(OrganisationForm)
    assert isinstance(entry, OrganisationForm)
    entry.field("uscc").editor.set_value("91441900MA00000000")
    entry.save()
    assert entry.field("uscc").problem is not None, "a code with a wrong check character is said beside it"
    entry.field("uscc").editor.set_value("91441900MA0000007J")
    entry.save()
    value = form.filled()["org"]
    assert value["name"] == "东莞市乙精密有限公司"
    record = workspace.get(workspace.draft("demand", form.filled()))
    assert workspace.get(record.fields["org"]).fields["uscc"] == "91441900MA0000007J"
    again = workspace.get(workspace.draft("demand", form.filled()))
    assert again.fields["org"] == record.fields["org"], "the same code is the same company"


def test_a_known_company_is_completed_in_place(qtbot: Any, workspace: Workspace) -> None:
    org = workspace.draft("organisation", COMPANY)
    form = made(qtbot, workspace)
    form.set_values({"org": org})
    shown = form.field("org")
    assert shown is not None and isinstance(shown.editor, Reference)
    shown.editor.open_held()
    entry = shown.editor.findChild(OrganisationForm)
    assert isinstance(entry, OrganisationForm)
    entry.field("contact_name").editor.set_value("王工")
    with qtbot.waitSignal(form.completed) as told:
        entry.save()
    assert told.args[0] == org
    assert told.args[1]["contact_name"] == "王工"
    assert form.filled()["org"] == org


def test_tags_take_a_word_with_enter_comma_or_by_leaving(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace)
    shown = form.field("keywords")
    assert shown is not None and isinstance(shown.editor, Tags)
    line = shown.editor.line
    line.setFocus()
    for text in ("主轴", "误差，"):
        line.setText(text)
        line.textEdited.emit(text)
        if not text.endswith("，"):
            QTest.keyClick(line, Qt.Key.Key_Return)
    line.setText("补偿")
    assert form.filled()["keywords"] == ["主轴", "误差", "补偿"], "a word still in the line counts"
    shown.editor.on_left()
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    assert line.text() == "补偿"
    assert form.filled()["keywords"] == ["主轴", "误差", "补偿"]


def test_rows_of_a_table_are_added_filled_and_dropped(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace, "landing")
    form.set_values({"route": "DEM"})
    shown = form.field("payments")
    assert shown is not None and isinstance(shown.editor, RowTable)
    shown.editor._more.click()
    row = shown.editor._rows[0]
    for editor, value in zip(row._editors, ("2026-03-01", 150_000), strict=False):
        editor.set_value(value)
    assert form.filled()["payments"] == [{"paid_on": "2026-03-01", "amount_fen": 150_000}]
    line = row._editors[1].entry()
    assert isinstance(line, QLineEdit)
    line.setText("一千五")
    assert form.unread()["payments"].code == "AMOUNT_NOT_NUMBER"
    shown.editor.drop(row)
    assert "payments" not in form.filled()


def test_yes_and_no_can_be_taken_back(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace)
    shown = form.field("pilot_need")
    assert shown is not None and isinstance(shown.editor, YesNo)
    shown.editor.no.click()
    assert form.filled()["pilot_need"] is False
    QTest.keyClick(shown.editor.no, Qt.Key.Key_Backspace)
    assert "pilot_need" not in form.filled()


def test_a_calendar_opens_with_down_and_sets_the_day(qtbot: Any, workspace: Workspace) -> None:
    from PySide6.QtCore import QDate
    from PySide6.QtWidgets import QCalendarWidget

    form = made(qtbot, workspace)
    shown = form.field("found_on")
    assert shown is not None
    QTest.keyClick(shown.editor.entry(), Qt.Key.Key_Down)
    calendar = shown.editor.findChild(QCalendarWidget)
    assert isinstance(calendar, QCalendarWidget)
    assert calendar.selectedDate() == QDate(2026, 9, 16)
    calendar.clicked.emit(QDate(2026, 3, 5))
    assert form.filled()["found_on"] == "2026-03-05"


def test_a_closed_record_only_shows(qtbot: Any, workspace: Workspace) -> None:
    form = made(qtbot, workspace)
    form.set_values({"title": "高速主轴", "keywords": ["a"]})
    form.set_read_only(True)
    shown = form.field("title")
    assert shown is not None
    shown.editor.entry().setFocus()
    QTest.keyClicks(shown.editor.entry(), "x")
    assert form.filled()["title"] == "高速主轴"


def test_progress_counts_what_must_be_there(qtbot: Any, workspace: Workspace, settle: Callable[[], None]) -> None:
    form = made(qtbot, workspace)
    needed = [field for field in DEMAND.values() if field.needed({}, "submit")]
    assert form.progress()[1] == len(needed)
    before = form.progress()[0]
    form.set_values({**form.filled(), "title": "高速主轴热误差"})
    assert form.progress()[0] == before + 1


def test_all_that_is_ever_asked_of_a_company_can_be_filled_in_where_it_is_chosen() -> None:
    """Also the day it was established, which a landing of the enterprise class asks for: nothing may be a dead end."""
    asked = {field.name for field in KINDS["organisation"].fields.values() if field.submit != "no" and field.owner == "liaison"}
    given = {name for name in asked if KINDS["organisation"].fields[name].default is not None}
    assert asked - given - {"auto"} <= {*OrganisationForm.FIELDS} and "established_on" in OrganisationForm.FIELDS
