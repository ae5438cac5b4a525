"""What was merged without asking: fields only one side changed, with what they were, what they are, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from desktop import wording
from desktop.widgets import language
from desktop.widgets.card import Card, ElidedLabel, button, text
from desktop.widgets.field_editors import choice_name
from desktop.widgets.icons import IconLabel
from desktop.widgets.source import title_of
from sync.domain.fields import Field
from sync.domain.kinds import KINDS
from sync.records import Conflict, Record
from sync.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Merged:
    """A field one side changed. ``here``: this laptop did; ``at`` the instant."""

    field: Field
    before: Any
    after: Any
    here: bool
    at: str


def merged_fields(workspace: Workspace, record: Record, conflicts: Sequence[Conflict]) -> list[Merged]:
    """Fields changed on one side only since the conflicts began, the latest change of each, newest first."""
    kind = KINDS.get(record.kind)
    if kind is None or not conflicts:
        return []
    since = min(min(one.at or "9", one.mine_at or "9") for one in conflicts)
    open_ = {one.field for one in conflicts}
    me = workspace.identity.liaison_name if workspace.identity else ""
    found: dict[str, Merged] = {}
    for moment in workspace.timeline(record.id):
        here = moment.who == me
        if moment.what != "edited" or moment.at < since or (here and moment.at <= record.created_at):
            continue
        for name, (before, after) in moment.changes.items():
            field = kind.fields.get(name)
            if field is not None and name not in open_ and name not in found:
                found[name] = Merged(field, before, after, here, moment.at)
    return list(found.values())


class MergedCard(Card):
    """The list as a card that can be closed."""

    def __init__(self, workspace: Workspace, rows: Sequence[Merged]) -> None:
        super().__init__("", icon_name="circle-check", tint="green", flush=True)
        title = self.tr("已自动合并 {count} 处").format(count=len(rows))
        self.add_head(title, self.tr("只有一边改过，直接采用"), icon_name="circle-check", tint="green")
        self._inner = QWidget()
        grid = QGridLayout(self._inner)
        grid.setContentsMargins(14, 4, 14, 10)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        heads = ((self.tr("字段"), 2), (self.tr("原来"), 4), (self.tr("现在"), 4), (self.tr("来自"), 2))
        for column, (words, stretch) in enumerate(heads):
            grid.addWidget(text(words, "meta"), 0, column)
            grid.setColumnStretch(column, stretch)
        for number, row in enumerate(rows, 1):
            name = partial(title_of, workspace)
            show: Callable[[Any], str] = partial(
                wording.value, row.field, lang=language.lang(), name=name, choice=choice_name
            )  # fmt: skip
            grid.addWidget(text(language.label(row.field), "meta"), number, 0)
            grid.addWidget(ElidedLabel(show(row.before), "secondary"), number, 1)
            grid.addWidget(ElidedLabel(show(row.after), "small"), number, 2)
            side = self.tr("本机") if row.here else self.tr("平台")
            source = QHBoxLayout()
            source.setSpacing(5)
            source.addWidget(IconLabel("laptop" if row.here else "server", "text3", 14))
            source.addWidget(text(f"{side}　{wording.month_day(row.at)}", "meta"), 1)
            grid.addLayout(source, number, 3)
        self._fold = button(self.tr("收起"), "link")
        self._fold.clicked.connect(self._toggle)
        self.head.addWidget(self._fold)
        self.body.addWidget(self._inner)

    def _toggle(self) -> None:
        closed = self._inner.isHidden()
        self._inner.setVisible(closed)
        self._fold.setText(self.tr("收起") if closed else self.tr("展开"))
