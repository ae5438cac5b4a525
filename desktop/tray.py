"""The icon in the desktop's tray: how much is waiting, and a menu to open, sync, lock and quit.

Only where the desktop has a tray. Must not know the window: it says what was asked for.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from desktop.widgets import theme
from desktop.widgets.icons import icon

SIZE = 64  # px the icon is painted at; the tray scales it
MOST = 99


def badge(count: int) -> QIcon:
    """The program's icon, with a number at its corner where something waits."""
    picture = QPixmap(icon("app", "accent").pixmap(SIZE, SIZE))
    if count <= 0:
        return QIcon(picture)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = round(picture.width() * 0.62)
    corner = QRect(QPoint(picture.width() - side, picture.height() - side), picture.rect().bottomRight())
    look = theme.current()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.red)
    painter.drawEllipse(corner)
    font = look.font(14, 600)
    font.setPixelSize(round(side * (0.62 if count < 10 else 0.5)))
    painter.setFont(font)
    painter.setPen(look.surface)
    painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, str(min(count, MOST)))
    painter.end()
    return QIcon(picture)


class Tray(QObject):
    """The icon and its menu; hidden where there is no tray."""

    open_asked = Signal()
    sync_asked = Signal()
    lock_asked = Signal()
    quit_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._count, self._locked = -1, False
        self.icon = QSystemTrayIcon(self)
        self.icon.activated.connect(self._activated)
        self._menu = QMenu()
        self.open_action = self._act(self.tr("打开工作台"), self.open_asked)
        self.sync_action = self._act(self.tr("立即同步"), self.sync_asked)
        self.lock_action = self._act(self.tr("上锁"), self.lock_asked)
        self._menu.addSeparator()
        self.quit_action = self._act(self.tr("退出"), self.quit_asked)
        self.icon.setContextMenu(self._menu)
        self.show_waiting(0)
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.icon.show()

    @staticmethod
    def there() -> bool:
        """Whether the desktop has a tray now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show_waiting(self, count: int) -> None:
        """How many records wait to be sent."""
        if count != self._count:
            self._count = count
            self.icon.setIcon(badge(count))
            self._say()

    def show_locked(self, locked: bool) -> None:
        """A locked window can only be opened; the count stays, it says nothing of what it counts."""
        self._locked = locked
        self.lock_action.setEnabled(not locked)
        self.sync_action.setEnabled(not locked)
        self._say()

    def tell(self, words: str, more: str) -> None:
        """A message of the desktop, for a few seconds."""
        if self.icon.isVisible():
            self.icon.showMessage(words, more, badge(0), 6_000)

    def close(self) -> None:
        """Takes the icon away."""
        self.icon.hide()
        self._menu.deleteLater()

    def _act(self, words: str, signal: object) -> QAction:
        action = self._menu.addAction(words)
        action.triggered.connect(lambda _checked=False: signal.emit())  # type: ignore[attr-defined]  # a bound signal
        return action

    def _say(self) -> None:
        parts = [self.tr("成果联络员工作台")]
        if self._locked:
            parts.append(self.tr("已上锁"))
        parts.append(self.tr("{n} 条待传").format(n=self._count) if self._count > 0 else self.tr("没有待传"))
        self.icon.setToolTip(" · ".join(parts))

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.open_asked.emit()
