"""What was typed and could not be stored: said on the page and in the status bar, and written elsewhere where somebody wants it.

The text itself stays in the form, and is tried again by itself (``autosave``) until it is stored. Must not know what a
form holds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from desktop import wording
from desktop.pages.page import Page
from desktop.widgets.notice_bar import announce


class Unsaved(QObject):
    """Knows what of a page failed to be saved last; ``changed(True)`` while there is anything."""

    changed = Signal(bool)

    def __init__(self, page: Page, text: Callable[[], str]) -> None:
        super().__init__(page)
        self._page, self._text = page, text
        self._failing: set[QObject] = set()
        self._said = ""

    def failed(self, what: QObject, error: Exception, again: Callable[[], object]) -> None:
        """A save failed: says why, and what can be done; once, however often it is tried again."""
        words, remedy, _code = wording.error(error, self._page.lang())
        self._failing.add(what)
        self.changed.emit(True)
        if self._said == words and "save" in self._page.notices.keys():  # noqa: SIM118  a notice bar is no mapping
            return
        self._said = words
        notice = self._page.notices.say(
            "bad", self.tr("没有保存：{reason}").format(reason=words), remedy or self.tr("你输入的内容还在这里。"), key="save",
            action=self.tr("再保存一次"), call=again,
        )  # fmt: skip
        notice.add_button(self.tr("另存一份文字…"), self.copy_elsewhere)

    def kept(self, what: QObject) -> None:
        """It is stored now."""
        if what not in self._failing:
            return
        self._failing.discard(what)
        self.changed.emit(bool(self._failing))
        if not self._failing:
            self._page.notices.drop("save")

    def copy_elsewhere(self) -> None:
        """Asks where to, and writes what stands in the form as plain text."""
        dialog = QFileDialog(self._page, self.tr("另存一份文字（不加密）"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{self.tr('文字')} (*.txt)"])
        dialog.setDefaultSuffix("txt")
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write(self, path: Path) -> None:
        """Writes the text to ``path``."""
        page = self._page

        def done(_: object) -> None:
            page.notices.say("ok", self.tr("已另存到 {file}").format(file=path), self.tr("这份文字没有加密，用完请删除。"), key="copy")
            announce(page, self.tr("已另存到 {file}").format(file=path))

        page.tasks.work(write_text, path, self._text(), done=done, failed=page.fail, owner=self)


def write_text(path: Path, text: str) -> None:
    """Plain text that every editor opens, with the line ends of Windows (work lane).

    Raises:
        CannotWrite: the place takes no file.
    """
    from sync.errors import CannotWrite

    try:
        path.write_text(text, encoding="utf-8-sig", newline="\r\n")
    except OSError as error:
        raise CannotWrite(str(path)) from error
