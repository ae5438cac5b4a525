"""What a person feels, as one JSON document: keys, pages, lists and search over a filled profile, and the same paint in a bare window.

    python -m tests.bench.felt FOLDER RECORDS        an empty folder is filled first
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("LIAISON_TODAY", "2026-06-30")

from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QTableView, QVBoxLayout, QWidget

from desktop.app import application, build_window
from desktop.pages.record_list import RecordList
from desktop.tasks import Tasks
from sync.records import Identity
from tests.bench.desk import Desk

KEYS = 200
PAGES = ("todo", "records", "visits", "landings", "library", "reports", "sync", "preferences", "home")


class Plain(QAbstractTableModel):
    """Rows of text, as a bare window shows them."""

    def __init__(self, rows: list[list[str]]) -> None:
        super().__init__()
        self._rows = rows

    def rowCount(self, parent: Any = None) -> int:
        return len(self._rows)

    def columnCount(self, parent: Any = None) -> int:
        return 8

    def data(self, index: Any, role: int = 0) -> Any:
        return self._rows[index.row()][index.column()] if role == Qt.ItemDataRole.DisplayRole else None


def took(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def middle(times: list[float], part: float = 0.5) -> float:
    return round(sorted(times)[min(len(times) - 1, int(len(times) * part))], 2)


def typing(line: QLineEdit, *, meanwhile: Callable[[], object] | None = None) -> list[float]:
    """Each letter from the key to the painted line, in ms; what waits in the event queue is part of it."""
    times = []
    for number in range(KEYS):
        if number % 50 == 0:  # a title has its limit
            line.clear()
        if meanwhile is not None:
            meanwhile()

        def press(letter: str = "abcdefghij"[number % 10]) -> None:
            QTest.keyClick(line.window().windowHandle(), letter)
            QApplication.processEvents()
            line.repaint()

        times.append(took(press))
        QTest.qWait(5)
    return times


def rest(tasks: Tasks) -> None:
    still = 0
    while still < 4:
        QTest.qWait(5)
        still = still + 1 if tasks.idle() else 0


def bare(rows: list[list[str]]) -> dict[str, Any]:
    """The same in a window of nothing but Qt."""
    window, inside, line, table = QMainWindow(), QWidget(), QLineEdit(), QTableView()
    column = QVBoxLayout(inside)
    column.addWidget(line)
    column.addWidget(table)
    table.setModel(Plain(rows))
    table.verticalHeader().setDefaultSectionSize(48)
    window.setCentralWidget(inside)
    window.resize(1440, 868)
    window.show()
    window.activateWindow()
    line.setFocus()
    QTest.qWait(50)
    keys = typing(line)
    repaint = [took(table.viewport().repaint) for _ in range(20)]
    window.close()
    return {"key_ms": middle(keys), "key_p99_ms": middle(keys, 0.99), "repaint_ms": middle(repaint)}


def main() -> None:
    app = application("zh")
    desk = Desk(Path(sys.argv[1]))
    space, tasks = desk.workspace, Tasks()
    if space.identity is None:
        space.enrolled(Identity("441900119", "长安镇", "town", "l", "甲", "bench", "http://127.0.0.1:1"), {})
        desk.fill(int(sys.argv[2]), 7)
    space.quota(2026)  # a window that has been open for a while
    window = build_window(space, tasks)
    window.resize(1440, 868)
    window.show()
    window.activateWindow()
    rest(tasks)
    said: dict[str, Any] = {"records": space.rows(limit=1).total}

    def go(name: str, **where: Any) -> Callable[[], object]:
        def act() -> None:
            window.navigate(name, **where)
            QApplication.processEvents()
            window.repaint()

        return act

    switches: list[float] = []
    for visit in range(2):
        for name in PAGES:
            spent = took(go(name))
            rest(tasks)
            if visit:  # pages are made on their first visit
                switches.append(spent)
    said |= {"switch_ms": middle(switches), "switch_worst_ms": round(max(switches), 2)}
    go("records")()
    rest(tasks)
    table = window.page("records").findChild(RecordList)
    said["repaint_ms"] = middle([took(table.viewport().repaint) for _ in range(20)])
    asked = ("热误差", "东莞", "gszz", "xq26", "设") * 4
    said["search_ms"] = middle([took(lambda words=words: window.search.show_in(words)) for words in asked])
    window.search.hide()
    record = space.rows(("demand",), limit=1).rows[0].id
    go("editor", id=record, field="title")()
    rest(tasks)
    form = window.page("editor").form
    form.focus_field("title")
    line = form.field("title").editor.entry()
    keys = typing(line)
    rest(tasks)
    busy = typing(line, meanwhile=lambda: tasks.idle() and tasks.work(space.quota, 2026))
    rest(tasks)
    said |= {"key_ms": middle(keys), "key_p99_ms": middle(keys, 0.99), "key_busy_ms": middle(busy), "key_busy_p99_ms": middle(busy, 0.99)}
    window.close()
    rest(tasks)
    app.setStyleSheet("")
    rows = [[str(one.title), one.subtitle, one.kind, str(one.workflow), one.updated_at, "a", "b", "c"] for one in space.rows(limit=200).rows]
    said["bare"] = bare(rows * 100)
    tasks.close()
    space.close()
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
