"""Records of any kind as a table with group lines: numbers, two-line names, states, papers, sync, what counts.

Flat rows for a ``QTableView``: a group line spans all columns. Every cell has a spoken text. Takes plain rows and does
not query. What a cell looks like is the delegate's business (``pages.record_delegate``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt

from desktop import wording
from desktop.models.grouping import Group, group
from sync.domain.fields import Field
from sync.domain.kinds import KINDS
from sync.records import Row

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1  # the Row of a line, None on a group line
GROUP_ROLE = Qt.ItemDataRole.UserRole + 2  # the Group of a group line
COLUMN_ROLE = Qt.ItemDataRole.UserRole + 3  # the column's key
OPEN_ROLE = Qt.ItemDataRole.UserRole + 4  # whether a group is unfolded
KEYS = ("check", "number", "name", "industry", "day", "amount", "state", "papers", "sync", "counted")
AWAY = ("industry", "day")  # columns that come only when asked for
FIXED = ("check", "name")  # columns that are always there


def tr(words: str) -> str:
    """A string of this list in the language in force."""
    return QCoreApplication.translate("RecordTable", words)


@dataclass(frozen=True, slots=True)
class _Line:
    group: Group
    row: Row | None


class RecordTable(QAbstractTableModel):
    """``set_rows`` takes what was read; ``columns`` are chosen among ``KEYS`` by what the kinds have."""

    def __init__(self, kinds: Sequence[str], lang: str, box: Any = None, parent: Any = None) -> None:
        """``box`` is the icon of the column that chooses all."""
        super().__init__(parent)
        self.kinds, self.lang, self._box = tuple(kinds), lang, box
        money = any(_money(kind) for kind in kinds)
        judged = any(kind in ("achievement", "demand", "landing") for kind in kinds)
        papers = any(field.type == "evidence" for kind in kinds for field in KINDS[kind].fields.values())
        held = [KINDS[kind].fields for kind in kinds]
        wanted = {"amount": money, "counted": judged, "papers": papers or judged, "industry": any("industry_dg" in one for one in held),
                  "day": any("found_on" in one for one in held)}  # fmt: skip
        self.columns = tuple(key for key in KEYS if wanted.get(key, True))
        self._rows: list[Row] = []
        self._lines: list[_Line] = []
        self._folded: set[str] = set()
        self._by = "next"
        self._sorted: tuple[str, bool] | None = None

    # -- filling ---------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[Row], by: str) -> None:
        """Shows other rows, grouped ``by`` (see ``models.grouping``)."""
        self._rows, self._by = list(rows), by
        self._build()

    def fold(self, key: str, folded: bool) -> None:
        """Folds or unfolds a group."""
        (self._folded.add if folded else self._folded.discard)(key)
        self._build()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Within the groups; no column means newest first."""
        key = self.columns[column] if 0 <= column < len(self.columns) else "check"
        self._sorted = None if key == "check" else (key, order == Qt.SortOrder.DescendingOrder)
        self._build()

    def _build(self) -> None:
        self.beginResetModel()
        rows = self._rows
        if self._sorted is not None:
            rows = sorted(rows, key=_sort_key(self._sorted[0]), reverse=self._sorted[1])
        self._lines = []
        for one in group(rows, self._by, self.lang):
            if one.key:
                self._lines.append(_Line(one, None))
            if one.key not in self._folded:
                self._lines += [_Line(one, row) for row in one.rows]
        self.endResetModel()

    # -- asking ----------------------------------------------------------------------------------------------

    def row_of(self, index: Index) -> Row | None:
        """The record of a line, or None on a group line."""
        return self._lines[index.row()].row if index.isValid() and index.row() < len(self._lines) else None

    def group_of(self, index: Index) -> Group | None:
        """The group of a line."""
        return self._lines[index.row()].group if index.isValid() and index.row() < len(self._lines) else None

    def is_group(self, line: int) -> bool:
        """Whether a line is the head of a group."""
        return self._lines[line].row is None

    def folded(self, key: str) -> bool:
        """Whether a group is folded."""
        return key in self._folded

    def line_of(self, record: str) -> int:
        """The line of a record, or -1."""
        return next((n for n, line in enumerate(self._lines) if line.row is not None and line.row.id == record), -1)

    def line_of_group(self, key: str) -> int:
        """The line of a group's head, or -1."""
        return next((n for n, line in enumerate(self._lines) if line.row is None and line.group.key == key), -1)

    def optional(self) -> list[tuple[str, str]]:
        """(key, head) of the columns that can be put away."""
        return [(key, _heads()[key]) for key in self.columns if key not in FIXED]

    def rows(self) -> list[Row]:
        """All rows, as they were given."""
        return self._rows

    # -- Qt --------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        """Lines, group lines included."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        """Columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Column heads."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        key = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return _heads()[key]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return tr("全选或全不选") if key == "check" else _heads()[key]
        if role == Qt.ItemDataRole.DecorationRole and key == "check":
            return self._box
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = key in ("amount", "counted")
            if key == "check":
                return int(Qt.AlignmentFlag.AlignCenter)
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Records can be chosen, group lines only visited."""
        if self.row_of(index) is None:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts, spoken texts, and what the delegate paints from."""
        line = self._lines[index.row()]
        if role == ROW_ROLE:
            return line.row
        if role == GROUP_ROLE:
            return line.group
        if role == OPEN_ROLE:
            return line.group.key not in self._folded
        key = self.columns[index.column()]
        if role == COLUMN_ROLE:
            return key
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            spoken = role == Qt.ItemDataRole.AccessibleTextRole
            if line.row is None:
                words = f"{line.group.words} {len(line.group.rows)}"
                state = tr("已折叠") if line.group.key in self._folded else tr("已展开")
                return f"{words}，{state}" if spoken else words if index.column() == 0 else ""
            words = cell(line.row, key, self.lang)
            if role == Qt.ItemDataRole.ToolTipRole:
                return words if key in ("name", "papers", "sync") else None
            return f"{_heads()[key]}：{words}" if spoken and key != "check" else words
        return None


def cell(row: Row, key: str, lang: str) -> str:
    """What a cell says."""
    makers: dict[str, Callable[[], str]] = {
        "check": lambda: row.title,
        "number": lambda: row.number or tr("待编号"),
        "name": lambda: f"{row.title}\n{second_line(row, lang)}",
        "industry": lambda: tr(str(row.fields.get("industry_dg") or "")) or wording.NONE,
        "day": lambda: str(row.fields.get("found_on") or "") or wording.NONE,
        "amount": lambda: amount(row),
        "state": lambda: wording.business(row.kind, row.workflow, row.stage, lang)[0],
        "papers": lambda: papers(row, lang)[0],
        "sync": lambda: wording.sync_chip(row.sync_state, lang)[0],
        "counted": lambda: wording.counted(row, lang),
    }
    return makers[key]()


def second_line(row: Row, lang: str) -> str:
    """Kind and unit, under the name."""
    kind = wording.label(KINDS[row.kind], lang)
    return " · ".join(part for part in (kind, row.subtitle) if part)


def amount(row: Row) -> str:
    """The amount in 万元, or a dash."""
    field = _money(row.kind)
    held = row.fields.get(field.name) if field is not None else None
    return wording.wan(held) if isinstance(held, int) else wording.NONE


def papers(row: Row, lang: str) -> tuple[str, bool]:
    """(how many papers, whether the one that must be there is missing)."""
    if row.papers:
        return tr("{n} 件").format(n=row.papers), False
    must = [f for f in KINDS[row.kind].fields.values() if f.type == "evidence" and f.needed(row.fields, "submit")]
    if must:
        return tr("缺{paper}").format(paper=wording.label(must[0], lang)), True
    return wording.NONE, False


def _money(kind: str) -> Field | None:
    declared = KINDS[kind]
    named = [declared.fields[name] for name in declared.columns if name in declared.fields]
    return next((field for field in named if field.type == "money"), None)


def _heads() -> dict[str, str]:
    return {
        "check": "",
        "number": tr("编号"),
        "name": tr("名称 / 单位"),
        "industry": tr("产业方向"),
        "day": tr("发现日期"),
        "amount": tr("预算/万元"),
        "state": tr("业务状态"),
        "papers": tr("证明材料"),
        "sync": tr("同步"),
        "counted": tr("计入"),
    }


def _sort_key(key: str) -> Callable[[Row], Any]:
    def value(row: Row) -> Any:
        if key == "amount":
            field = _money(row.kind)
            held = row.fields.get(field.name) if field is not None else None
            return held if isinstance(held, int) else -1
        if key == "papers":
            return row.papers
        if key == "name":
            return row.title
        return cell(row, key, "zh")

    return value
