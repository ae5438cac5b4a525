"""Another window with invented companies and records, to try things out: its own program over a folder of its own.

Its folder stands beside the profile and is made anew each time; nothing in it reaches a real platform.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QProcess

from desktop import autostart
from desktop.widgets.notice_bar import NoticeBar


def tr(words: str) -> str:
    """A string of this in the language in force."""
    return QCoreApplication.translate("practice", words)


def practise(profile: Path, notices: NoticeBar | None) -> None:
    """Opens the practice window of a profile, and says so."""
    words = [*autostart.command(), "demo", "--out", str(profile.parent / ".practice")]
    begun, _process = QProcess.startDetached(words[0], words[1:])
    if notices is not None:
        said = tr("正在打开练习窗口") if begun else tr("练习窗口没能打开")
        more = tr("里面的企业和记录都是虚构的，怎么改都不会送到平台。") if begun else ""
        notices.say("info" if begun else "bad", said, more, key="practice")
