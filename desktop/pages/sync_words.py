"""What the sync box of the sidebar says: a round under way, offline, something to send, or all is there."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop import wording
from desktop.pages.rounds import Rounds
from desktop.widgets import language
from desktop.widgets.nav import SyncBox
from sync.errors import Offline
from sync.records import Pending, RoundReport
from sync.workspace import today


def tr(words: str) -> str:
    """A string of the sync box in the language in force."""
    return QCoreApplication.translate("SyncBox", words)


def show_sync(box: SyncBox, rounds: Rounds, waiting: Pending, last: RoundReport | None) -> None:
    """Says it; offline is amber and tells when the next try is."""
    if rounds.running:
        _running(box, rounds)
    elif isinstance(rounds.error, Offline):
        size, left = wording.size(waiting.bytes), rounds.seconds_left()
        first = tr("{n} 条 · {size} 只在本机").format(n=waiting.records, size=size)
        again = tr("{n} 秒后再试").format(n=left) if left is not None else ""
        box.show_state("cloud-off", "amber", tr("离线"), first, again)
    elif rounds.error is not None:
        why = wording.error(rounds.error, language.lang())[0]
        box.show_state("triangle-alert", "amber", tr("同步没有完成"), why, _amount(waiting))
    else:
        when = wording.stamp(last.started_at, today(), language.lang()) if last else tr("还没有过")
        second = tr("上次同步 {when}").format(when=when)
        if waiting.records or waiting.files:
            head = tr("{n} 条待上传").format(n=waiting.records)
            box.show_state("cloud-upload", "amber", head, _amount(waiting) or tr("等待下次同步"), second)
        elif last is not None:
            box.show_state("circle-check", "green", tr("都已到平台"), second)
        else:
            box.show_state("cloud-upload", "accent", tr("还没有同步过"), tr("按 F5 同步"))


def _running(box: SyncBox, rounds: Rounds) -> None:
    now = rounds.progress
    if now is None:
        box.show_state("cloud-upload", "accent", tr("正在同步"), tr("正在连接平台"), percent=0)
        return
    whole, done = (now.bytes, now.done_bytes) if now.step == 4 else (now.items, now.done_items)
    percent = min(100, 100 * done // whole) if whole else 0
    words = wording.progress(now, language.lang())
    box.show_state("cloud-upload", "accent", tr("正在同步 {n}%").format(n=percent), words, percent=percent)


def _amount(waiting: Pending) -> str:
    return tr("{size} 扫描件").format(size=wording.size(waiting.bytes)) if waiting.bytes else ""
