"""What a person feels, one JSON line a figure: keys, pages, lists and search in the window, or the same in one of nothing but Qt.

    python -m tests.bench.felt ours FOLDER RECORDS [URL CODE]   an empty folder is filled first; with a platform a round runs beside
    python -m tests.bench.felt bare FOLDER RECORDS              the twin: a line, a table and two pages

A figure has ``wall_ms`` and ``cpu_ms`` (of the window's thread) from the input to the painted frame, each at the median, and
``p99_wall_ms`` and ``p99_cpu_ms``. On a busy machine the CPU is what can be compared. Nothing is asserted here.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("LIAISON_TODAY", "2026-06-30")

from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QMainWindow,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from tests.bench.desk import Desk, memory

KEYS, VISITS, FILES = 200, 3, 20
PAGES = ("todo", "records", "visits", "landings", "library", "reports", "sync", "preferences", "home")
SIZE = (1440, 868)


class Plain(QAbstractTableModel):
    """Rows of text, as a bare window shows them."""

    def __init__(self, rows: list[tuple[str, ...]]) -> None:
        super().__init__()
        self._rows = rows

    def rowCount(self, parent: Any = None) -> int:
        return len(self._rows)

    def columnCount(self, parent: Any = None) -> int:
        return 8

    def data(self, index: Any, role: int = 0) -> Any:
        return self._rows[index.row()][index.column()] if role == Qt.ItemDataRole.DisplayRole else None

    def set_rows(self, rows: list[tuple[str, ...]]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()


def tell(item: str, costs: Iterable[tuple[float, float]]) -> None:
    """One figure from (wall, CPU) seconds of each time."""
    listed = list(costs)
    wall, cpu = (sorted(one[n] * 1000 for one in listed) for n in (0, 1))

    def at(times: list[float], part: float) -> float:
        return round(times[min(len(times) - 1, int(len(times) * part))], 2)

    line = {"item": item, "n": len(listed), "wall_ms": at(wall, 0.5), "cpu_ms": at(cpu, 0.5)}
    print(json.dumps(line | {"p99_wall_ms": at(wall, 0.99), "p99_cpu_ms": at(cpu, 0.99)}), flush=True)


def took(act: Callable[[], object]) -> tuple[float, float]:
    """(wall, CPU of this thread) of an act and of painting what it changed."""
    wall, cpu = time.perf_counter(), time.thread_time()
    act()
    QApplication.processEvents()
    return time.perf_counter() - wall, time.thread_time() - cpu


def typing(line: QLineEdit, keys: int = KEYS, *, until: Callable[[], bool] = lambda: False) -> list[tuple[float, float]]:
    """Each letter from the key to the painted frame; what waits in the event queue is part of it."""
    costs = []
    for number, letter in zip(range(keys), itertools.cycle("abcdefghij"), strict=False):
        if number % 50 == 0:  # a title has its limit
            line.clear()
        costs.append(took(lambda letter=letter: QTest.keyClick(line.window().windowHandle(), letter)))  # type: ignore[misc]
        QTest.qWait(20)
        if until():
            break
    return costs


def lists(table: QTableView) -> None:
    """The visible rows painted again, and a page of them scrolled to."""
    tell("list repainted", [took(table.viewport().repaint) for _ in range(20)])
    bar = table.verticalScrollBar()
    tell("list scrolled by a page", [took(lambda place=place: bar.setValue(bar.pageStep() * (place + 1))) for place in range(20)])  # type: ignore[misc]
    bar.setValue(0)


def shown(window: QMainWindow) -> None:
    window.resize(*SIZE)
    window.show()
    window.activateWindow()
    QTest.qWait(50)


def bare(_folder: str, number: str) -> None:
    """A line, a table and another page in a window of nothing but Qt, with as many rows in its memory."""
    app = QApplication([])  # noqa: F841  it lives as long as the window
    window, pages, inside, line, table = QMainWindow(), QStackedWidget(), QWidget(), QLineEdit(), QTableView()
    rows = [tuple(f"第 {row} 行的第 {column} 格，高速主轴热误差补偿" for column in range(8)) for row in range(int(number))]
    model = Plain(rows)
    column = QVBoxLayout(inside)
    for one in (line, table):
        column.addWidget(one)
    pages.addWidget(inside)
    other, words = QWidget(), QVBoxLayout()
    other.setLayout(words)
    for place in range(30):
        words.addWidget(QLabel(f"第 {place} 行"))
    pages.addWidget(other)
    table.setModel(model)
    table.verticalHeader().setDefaultSectionSize(48)
    window.setCentralWidget(pages)
    shown(window)
    line.setFocus()
    tell("letter", typing(line))
    tell("letter during a sync with uploads", typing(line))
    lists(table)
    tell("page switched", [took(lambda page=page: pages.setCurrentIndex(page)) for page in (1, 0) * VISITS * 2])  # type: ignore[misc]
    tell("other rows of a list", [took(lambda part=part: model.set_rows(rows[part : part + 1000])) for part in range(10)])  # type: ignore[misc]
    tell("letter in the search", typing(line, 40))
    print(json.dumps({"item": "memory", "rss_mb": memory("VmRSS")}), flush=True)


def fill(folder: str, number: str) -> None:
    """Records typed and scans put into a profile."""
    desk = Desk(Path(folder))
    desk.fill(int(number), 7)
    desk.files(FILES, 2 << 20, 3)
    desk.workspace.close()


def ours(folder: str, number: str, url: str = "", code: str = "") -> None:
    """The window over a profile with ``number`` records."""
    from desktop.app import application, build_window
    from desktop.pages.record_list import RecordList
    from desktop.tasks import Tasks
    from sync import engine
    from sync.records import Identity

    application("zh")
    desk, tasks = Desk(Path(folder)), Tasks()
    space = desk.workspace
    if space.identity is None:
        if url:
            desk.enrol(url, code)
        else:
            space.enrolled(Identity("441900119", "长安镇", "town", "l", "甲", "bench", "http://127.0.0.1:1"), {})
        subprocess.run([sys.executable, "-m", "tests.bench.felt", "fill", folder, number], check=True)  # its memory is not the window's
    sync = lambda workspace, progress, stop: engine.sync_round(workspace, desk.platform, progress, stop)  # noqa: E731  the window's own way
    window = build_window(space, tasks, sync=sync)

    def rest() -> None:
        still = 0
        while still < 4:
            QTest.qWait(40)
            still = still + 1 if tasks.idle() else 0

    shown(window)
    rest()
    for name in PAGES:  # pages are made on their first visit
        window.navigate(name)
        rest()
    every = []
    for name in PAGES:
        times = []
        for _ in range(VISITS):
            window.navigate("help")
            rest()
            times.append(took(lambda name=name: window.navigate(name)))  # type: ignore[misc]
            rest()
        every += times
        tell(f"page switched: {name}", times)
    tell("page switched", every)
    window.navigate("records")
    rest()
    table = window.page("records").findChild(RecordList)
    lists(table)
    rows = list(table.table.rows())
    tell("other rows of a list", [took(lambda part=part: table.show_rows(rows[part:], "next")) for part in range(10)])  # type: ignore[misc]
    window.search.show_in()
    tell("letter in the search", typing(window.search.field, 40))
    window.search.hide()
    rest()
    record = space.rows(("demand",), limit=1).rows[0].id
    window.navigate("editor", id=record, field="title")
    rest()
    form = window.page("editor").form
    form.focus_field("title")
    line = form.field("title").editor.entry()
    tell("letter", typing(line))
    rest()
    print(json.dumps({"item": "memory", "rss_mb": memory("VmRSS")}), flush=True)
    if url:
        window.rounds.start()
        tell("letter during a sync with uploads", typing(line, KEYS * 5, until=lambda: not window.rounds.running))
        rest()
        if window.rounds.error is not None:
            raise window.rounds.error
        print(json.dumps({"item": "memory: after the round", "rss_mb": memory("VmRSS")}), flush=True)
    window.close()
    tasks.close()
    space.close()


if __name__ == "__main__":
    {"ours": ours, "bare": bare, "fill": fill}[sys.argv[1]](*sys.argv[2:])
