"""The cards of the detail page: the platform's word field by field, content, papers with a small picture, what belongs.

Each shows what it is given; pictures of papers are drawn beside the window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QGridLayout, QHBoxLayout

from desktop import wording
from desktop.pages.page import Navigate
from desktop.pages.paper_picture import PaperTile
from desktop.pages.preview import Told, field_words, value_grid
from desktop.pages.record_reading import Seen, remarks_of, spoken, when_returned
from desktop.tasks import Tasks
from desktop.widgets import language
from desktop.widgets.card import Card, ElidedLabel, button, clear, line, text
from desktop.widgets.icons import IconLabel
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.records import Row
from sync.workspace import Workspace


class WordCard(Card):
    """What the platform says: returned with remarks by field, refused, or accepted but not counted."""

    def __init__(self, navigate: Navigate) -> None:
        super().__init__()
        self._navigate = navigate
        self.body.setSpacing(8)

    def show_seen(self, seen: Seen, today: date) -> bool:
        """Shows the platform's word; False where it has none, then the card hides."""
        clear(self.body)
        record, lang = seen.record, language.lang()
        if record.workflow == "returned":
            self._returned(seen, today, lang)
        elif record.refusals:
            self._head("triangle-alert", "red", self.tr("平台未收"), "", "")
            for refusal in record.refusals:
                self._row(refusal.field, wording.problem(refusal, lang), seen)
            self.set_role("cardBad")
        elif record.workflow == "amending" and record.amendment:
            self._amending(seen, lang)
        elif record.workflow == "accepted" and not (record.facts.get("counted") or {"credit": 1}).get("credit"):
            self._not_counted(record.facts["counted"], lang)
        else:
            self.hide()
            return False
        self.show()
        return True

    def _head(self, icon_name: str, tint: str, title: str, note: str, right: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(IconLabel(icon_name, tint, 18))
        row.addWidget(text(title, "cardTitle"))
        row.addWidget(ElidedLabel(note, "secondary"), 1)
        row.addWidget(text(right, "strong"))
        self.body.addLayout(row)
        self.setAccessibleName(f"{title} {note} {right}".strip())

    def _returned(self, seen: Seen, today: date, lang: str) -> None:
        who, at = when_returned(seen)
        remarks = remarks_of(seen.record)
        signed = " · ".join(part for part in (who, wording.stamp(at, today, lang) if at else "") if part)
        due = next((str(one["due"]) for one in remarks if one.get("due")), "")
        right = ""
        if due:
            left, _urgent = wording.due(due, today, lang)
            right = self.tr("{day}前补齐，{left}").format(day=wording.day(due, today, lang), left=left)
        self._head("message-square", "red", self.tr("平台意见：退回补充"), signed, right)
        for one in remarks:
            self._row(one.get("field"), str(one.get("text") or ""), seen)
        if not remarks:
            self._row(None, self.tr("没有写明原因，请联系中心。"), seen)
        self.set_role("cardBad")

    def _row(self, field_name: Any, words: str, seen: Seen) -> None:
        field = seen.kind.fields.get(str(field_name or ""))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(IconLabel("circle-x", "red", 16))
        if field is not None:
            row.addWidget(text(self.tr("{label}：").format(label=language.label(field)), "strong"))
        row.addWidget(text(words, "small", wrap=True), 1)
        paper = field is not None and field.type == "evidence"
        act = button(
            self.tr("重扫") if paper else self.tr("去修改"), "normal", "scan-line" if paper else "pencil", small=True
        )
        act.setAccessibleName(f"{act.text()} {language.label(field) if field else ''}".strip())
        act.clicked.connect(lambda: self._navigate("editor", id=seen.record.id, field=field_name))
        row.addWidget(act)
        self.body.addLayout(row)

    def _amending(self, seen: Seen, lang: str) -> None:
        self._head("pencil", "accent", self.tr("变更待审"), self.tr("原来的内容仍然有效、照常计入"), "")
        rows = []
        for name, held in seen.record.amendment.items():
            field = seen.kind.fields.get(name)
            if field is not None:
                words, plain = (
                    " → ".join(spoken(field, one, seen, lang, language.choice, plain=whole)
                               for one in (seen.record.fields.get(name), held))
                    for whole in (False, True)
                )  # fmt: skip
                rows.append(Told(language.label(field), words, plain, long=True))
        self.body.addLayout(value_grid(rows, columns=1))
        self.set_role("cardAccent")

    def _not_counted(self, counted: Mapping[str, Any], lang: str) -> None:
        self._head("info", "amber", self.tr("已受理，暂不计入"), "", "")
        for code in counted.get("codes") or ():
            self.body.addWidget(text(wording.problem(Problem(None, str(code), "warn"), lang), "small", wrap=True))
        self.set_role("cardWarn")


class ContentCard(Card):
    """The filled fields."""

    def __init__(self) -> None:
        super().__init__()
        self.add_head(self.tr("登记内容"))

    def show_seen(self, seen: Seen, columns: int) -> None:
        """Shows the fields in one or two pairs of columns."""
        clear(self.body)
        rows = field_words(seen, language.lang(), short=False)
        if rows:
            self.body.addLayout(value_grid(rows, columns=columns))
        else:
            self.body.addWidget(text(self.tr("还没有填写"), "secondary"))


class PapersCard(Card):
    """The papers as tiles with a small picture of the first page."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__()
        self._workspace, self._tasks, self._navigate = workspace, tasks, navigate
        self._field: str | None = None
        self._id = ""
        self.add_head(self.tr("证明材料"))
        add = button(self.tr("添加"), "link", "plus")
        add.clicked.connect(lambda: self._navigate("editor", id=self._id, field=self._field))
        self.head.addWidget(add)

    def show_seen(self, seen: Seen) -> None:
        """Shows the papers and what is still missing."""
        clear(self.body)
        record, lang = seen.record, language.lang()
        missing = list(seen.checked.missing) if seen.checked else []
        own = [name for name, one in seen.kind.fields.items() if one.type == "evidence"]
        self._id, self._field = record.id, next(iter([*missing, *own]), None)
        self.set_note(self.tr("{n} 件").format(n=len(record.papers)) if record.papers else "")
        remarked = {str(one.get("field")): str(one.get("text") or "") for one in remarks_of(record)}
        grid = QGridLayout()
        grid.setSpacing(10)
        for at, paper in enumerate(record.papers):
            bad = remarked.get(paper.kind, "") if record.workflow == "returned" else ""
            grid.addWidget(PaperTile(self._workspace, self._tasks, paper, bad), at // 2, at % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.body.addLayout(grid)
        for kind in missing:
            row = QHBoxLayout()
            row.addWidget(IconLabel("paperclip", "amber", 16))
            row.addWidget(text(self.tr("缺{paper}").format(paper=wording.paper_kind(kind, lang)), "warn"), 1)
            self.body.addLayout(row)
        if not record.papers and not missing:
            self.body.addWidget(text(self.tr("还没有添加"), "secondary"))


ABOUT_DAYS = ("started_at", "done_on", "report_on", "from_on", "since")


def about_words(row: Row, lang: str) -> str:
    """What a record that refers to another says of it, in one line."""
    held = row.fields
    if row.kind == "evaluation":
        parts = [str(held.get("kind") or ""), str(held.get("verdict") or "")]
        if isinstance(held.get("value_fen"), int):
            parts.append(wording.amount(held["value_fen"], lang))
        parts += [str(one.get("measure") or "") for one in held.get("advice") or () if isinstance(one, dict)]
        return " · ".join(part for part in parts if part)
    if row.kind == "assignment":
        parts = [str(held.get(name) or "") for name in ("level", "liaison", "due_on")]
        return " · ".join(part for part in parts if part)
    return str(held.get("minutes") or held.get("content") or row.title)


class AboutCard(Card):
    """Evaluations, assignments, visits, landings and service logs that refer to the record."""

    def __init__(self, navigate: Navigate) -> None:
        super().__init__()
        self._navigate = navigate
        self.add_head(self.tr("相关走访与落地"))

    def show_rows(self, rows: list[Row], today: date) -> None:
        """Shows them; the card hides where there are none."""
        clear(self.body)
        self.setVisible(bool(rows))
        self.set_note(self.tr("{n} 条").format(n=len(rows)))
        for index, row in enumerate(rows):
            if index:
                self.body.addWidget(line())
            across = QHBoxLayout()
            across.setSpacing(10)
            across.addWidget(text(language.label(KINDS[row.kind]), "tag"))
            at = str(next((row.fields[name] for name in ABOUT_DAYS if row.fields.get(name)), row.updated_at))
            day = wording.local(at)
            words = about_words(row, language.lang())
            across.addWidget(text(wording.day(day.date() if day else at[:10], today, language.lang()), "meta"))
            across.addWidget(ElidedLabel(words, "small"), 1)
            go = button(self.tr("打开"), "link")
            go.setAccessibleName(f"{go.text()} {row.title}")
            go.clicked.connect(self._opener(row.id))
            across.addWidget(go)
            self.body.addLayout(across)

    def _opener(self, record: str) -> Callable[[], None]:
        return lambda: self._navigate("detail", id=record)
