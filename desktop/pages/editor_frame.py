"""The editor's frame: its top line, its three panes or tabs, and what they say about the record.

What is shown follows from ``record``, ``form`` and ``left`` (things to do); what happens stands in ``editor``.
"""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.page import Navigate, Page, scrolled
from desktop.pages.record_reading import SHEETS, remarks_of
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import button, text
from desktop.widgets.checklist import Checklist, FormProgress
from desktop.widgets.chip import Chip
from desktop.widgets.evidence_viewer import EvidenceViewer
from desktop.widgets.icons import IconLabel, icon
from desktop.widgets.record_form import RecordForm
from desktop.widgets.segments import Segments
from sync.domain import lifecycle
from sync.domain.kinds import KINDS
from sync.records import Record
from sync.workspace import Workspace

TABS_BELOW = 1_100  # px of the page
_TITLES = {
    "achievement": ("登记成果", "修改成果"),
    "demand": ("登记技术需求", "修改技术需求"),
    "visit": ("记走访", "修改走访"),
    "landing": ("登记落地", "修改落地"),
}
_NEW = frozenset({"draft", "queued", None})


class EditorFrame(Page):
    """Top line and panes. Subclasses give ``save``, ``primary``, ``go_to`` and make the form."""

    rail: ClassVar[bool] = True
    key = "records"

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate, viewer: EvidenceViewer) -> None:
        super().__init__(workspace, tasks, navigate)
        self.form: RecordForm | None = None
        self.record: Record | None = None
        self.viewer = viewer
        self.progress, self.checks = FormProgress(), Checklist()
        self.kind = "demand"
        self.offline = False  # the last round found no line
        self.left = 0  # things to do before a submission
        self._make_top()
        self._make_body()

    def save(self) -> None:
        """Saves now."""
        raise NotImplementedError

    def primary(self) -> None:
        """The main button."""
        raise NotImplementedError

    def go_to(self, field: str) -> None:
        """Puts the focus into a field."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------- showing

    def show_record(self) -> None:
        """Title, number, chip and buttons of the record as it stands."""
        record, kind = self.record, KINDS[self.kind]
        lang = self.lang()
        workflow = record.workflow if record else None
        new = workflow in _NEW
        named = _TITLES.get(self.kind)
        words = named[0 if new else 1] if named else ("登记{kind}" if new else "修改{kind}")
        number = str(record.facts.get("number") or "") if record else ""
        sub = number or (self.tr("待编号（提交后由平台编号）") if kind.flow else "")
        self.set_title(self.tr(words).format(kind=language.label(kind)), sub)
        self._chip.set_state(*wording.sync_chip(record.sync_state if record else "local", lang))
        self._chip.setVisible(record is not None)
        closed = workflow in lifecycle.CLOSED
        if self.form is not None:
            self.form.set_read_only(closed)
        self.viewer.set_read_only(closed)
        self._details.setVisible(record is not None)
        self._sheet.setVisible(record is not None and self.kind in SHEETS)
        self._draft.setVisible(not closed)
        self._submit_button.setVisible(not closed)
        if closed:
            state = wording.business(self.kind, workflow, record.stage if record else None, lang)[0]
            self.notices.say("info", self.tr("这条记录{state}，只能查看。").format(state=state), key="closed")
        else:
            self.notices.drop("closed")
        self._say_remarks(record)
        self.say_button()

    def _say_remarks(self, record: Record | None) -> None:
        first = next(iter(remarks_of(record)), None) if record and record.workflow == "returned" else None
        if first is None:
            self.notices.drop("returned")
            return
        field = KINDS[self.kind].fields.get(str(first.get("field") or ""))
        where = f"{language.label(field)}：" if field is not None else ""
        key = f"{where}{first.get('text') or ''}"
        if "returned" in self.notices.keys() and self.property("remark") == key:  # noqa: SIM118  a method, not a dict
            return
        self.setProperty("remark", key)
        name = field.name if field is not None else ""
        self.notices.say(
            "bad", self.tr("平台退回"), key, key="returned",
            action=self.tr("去修改") if name else "", call=(lambda: self.go_to(name)) if name else None,
        )  # fmt: skip

    def say_sections(self) -> None:
        """How far each section is."""
        form = self.form
        if form is None:
            return
        current = form.current()
        filled, needed = form.progress()
        self.progress.set_figure(filled, needed)
        at, open_gaps = KINDS[self.kind].fields[current].section if current else None, form.gaps()
        for name, section in form.sections.items():
            gaps = sum(1 for field in open_gaps if KINDS[self.kind].fields[field].section == name or not name)
            note = self.tr("{count} 处待补").format(count=gaps) if gaps and section.state() == "warn" else ""
            self.progress.set_state(name, section.state(), note, current=name == at, shown=not section.isHidden())
        self.say_wanted()

    def say_button(self) -> None:
        """What the main button does, and how much is missing."""
        record = self.record
        if not self.submits():
            self._submit_button.setText(self.tr("完成") if record is None else self.tr("立即同步"))
            return
        words = self.tr("加入待传") if self.offline else self.tr("提交到平台")
        if self.left:
            words = self.tr("{action} · 还差 {count} 项").format(action=words, count=self.left)
        self._submit_button.setText(words)

    def submits(self) -> bool:
        """Whether the main button submits the record."""
        workflow = self.record.workflow if self.record else ("draft" if KINDS[self.kind].flow else None)
        return workflow in ("draft", "returned")

    def say_wanted(self) -> None:
        """Tells the evidence pane which papers belong to the record."""
        if self.form is None:
            return
        values = self.form.filled()
        fields = KINDS[self.kind].fields.values()
        self.viewer.set_wanted([one for one in fields if one.type == "evidence" and one.applies(values)])

    # -------------------------------------------------------------------------------------------- making

    def _make_top(self) -> None:
        back = QToolButton()
        back.setProperty("role", "flat")
        back.setIcon(icon("corner-up-left", "text2", 18))
        back.setFixedSize(32, 32)
        back.setToolTip(self.tr("返回（Esc）"))
        back.setAccessibleName(self.tr("返回"))
        back.clicked.connect(lambda: self.navigate("back"))
        self.heading.setProperty("role", "subTitle")
        self._chip = Chip()
        self._saved_icon = IconLabel("circle-check", "green")
        self._saved = text("", "secondary")
        self._details = button(self.tr("查看详情"), icon_name="eye")
        self._details.clicked.connect(self._open_details)
        self._sheet = button(self.tr("登记表"), icon_name="printer")
        self._sheet.setToolTip(self.tr("看登记表，打印或导出 PDF（Ctrl P）"))
        self._sheet.clicked.connect(self.print_page)
        self._draft = button(self.tr("存草稿"))
        self._draft.clicked.connect(lambda: self.save())
        self._submit_button = button(self.tr("提交到平台"), "primary")
        self._submit_button.clicked.connect(lambda: self.primary())
        self._submit_button.setToolTip(self.tr("Ctrl+回车"))
        self.top.addWidget(back)
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        self.add_tools(
            self._chip, self._saved_icon, self._saved, self._details, self._sheet, self._draft, self._submit_button, spacing=10
        )
        self.top.setSpacing(10)

    def _make_body(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 14, 12, 14)
        column.setSpacing(12)
        column.addWidget(self.progress)
        column.addWidget(self.checks)
        hint = self.tr("点任一项可跳到对应位置（F8 下一项）。检查在本机完成，断网也能用。")
        column.addWidget(text(hint, "meta", wrap=True))
        column.addStretch(1)
        area = self._left_area = scrolled(inner)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._left_pane = QFrame()
        self._left_pane.setProperty("role", "side")
        whole = QVBoxLayout(self._left_pane)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self._left_pane.setMinimumWidth(200)
        self._tabs = Segments(self.tr("填写、检查、证明材料"))
        self._tabs.add("form", self.tr("填写"))
        self._tabs.add("checks", self.tr("检查"))
        self._tabs.add("papers", self.tr("证明材料"))
        self._tabs.chosen.connect(self.show_tab)
        self._tab_line = QWidget()
        line = QHBoxLayout(self._tab_line)
        line.setContentsMargins(20, 8, 20, 0)
        line.addWidget(self._tabs)
        line.addStretch(1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("editor")
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._left_pane)
        self._splitter.addWidget(self.viewer)
        self.body.addWidget(self._tab_line)
        self.body.addWidget(self._splitter, 1)

    def _narrow(self) -> bool:
        """Whether the three panes have too little room side by side at this text size."""
        return self.width() < theme.current().px(TABS_BELOW)

    def spread(self) -> None:
        """Three panes side by side, or one at a time."""
        narrow = self._narrow()
        self._tab_line.setVisible(narrow)
        self._draft.setVisible(not narrow and self._submit_button.isVisibleTo(self))
        panes: dict[str, QWidget | None] = {"checks": self._left_pane, "form": self.form, "papers": self.viewer}
        for name, pane in panes.items():
            if pane is not None:
                pane.setVisible(not narrow or self._tabs.current() == name)
        if not narrow and self._splitter.count() == 3:
            least = self._left_area.widget().minimumSizeHint().width() + 12
            left = max(228 if self.width() >= 1_300 else 216, least)
            self._left_pane.setMinimumWidth(left)
            right = max(420, round(self.width() * 0.4))
            self._splitter.setSizes([left, max(self.width() - left - right, 380), right])
        for index, stretch in enumerate((0, 3, 2)):
            self._splitter.setStretchFactor(index, stretch)

    def show_look(self) -> None:
        """Takes over another text size."""
        super().show_look()
        self.spread()

    def show_tab(self, name: str) -> None:
        """In a narrow window: form, checks or papers."""
        if self._narrow():
            self._tabs.choose(name)
            self.spread()

    def print_page(self) -> None:
        """Ctrl+P: to the sheet; what was typed is saved on the way."""
        if self.record is not None and self.kind in SHEETS:
            self.navigate("sheet", id=self.record.id)

    def _open_details(self) -> None:
        if self.record is not None:
            self.navigate("detail", id=self.record.id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Panes or tabs."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.spread()
