"""The real window in a process of its own, with hands: what stands on its standard input is typed, answers are JSON lines.

    python -m tests.support.typist PROFILE
    ["key", "Ctrl+N", "2"]   ["type", "高速主轴"]   ["wait", 900]   ["limit", 4096 or null]   ["look"]
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSocketNotifier
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from desktop import app as composition
from desktop.pages.main_window import MainWindow
from desktop.widgets.notice_bar import Notice
from tests.support.hands import SECONDS, Hands


def window() -> MainWindow:
    """The main window, once it is there."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for one in QApplication.topLevelWidgets():
            if isinstance(one, MainWindow) and one.isVisible():
                return one
        QTest.qWait(10)
    raise SystemExit([label.text() for label in QApplication.allWidgets() if isinstance(label, QLabel)])


def do(word: str, *more: Any) -> Any:
    here = window()
    hands = Hands(here.tasks)
    if word == "key":
        hands.key(*more)
    elif word == "type":
        hands.type(*more)
    elif word == "wait":
        QTest.qWait(*more)
    elif word == "limit":  # how a full disk looks to one process
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard if more[0] is None else more[0], hard))
    hands.rest()
    widget = hands.focus()
    text = widget.text() if hasattr(widget, "text") else widget.toPlainText() if hasattr(widget, "toPlainText") else ""
    notices = [one.accessibleName() for one in here.findChildren(Notice) if one.isVisible()]
    return {"page": here.here(), "field": hands.name(), "text": text, "notices": notices}


def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python does by itself; stated, since the limit stands on it
    app = composition.application("zh")

    def read() -> None:
        line = sys.stdin.readline()
        if not line:
            app.quit()
            return
        notifier.setEnabled(False)
        sys.stdout.write(json.dumps(do(*json.loads(line)), ensure_ascii=False) + "\n")
        sys.stdout.flush()
        notifier.setEnabled(True)

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda *_: read())
    sys.exit(composition.run(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
