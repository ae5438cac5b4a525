"""A folder that is chosen or not: its path, a button to choose, a button to forget it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from desktop.widgets.card import ElidedLabel, button


class FolderChoice(QWidget):
    """``chosen(path)``; "" for none any more."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._path = name, ""
        self._shown = ElidedLabel("", "small", middle=True)
        self.choose_button = button(self.tr("选择文件夹…"), small=True)
        self.choose_button.setAccessibleName(f"{name}：{self.tr('选择文件夹…')}")
        self.choose_button.clicked.connect(self.choose)
        self.clear_button = button(self.tr("不再监看"), small=True)
        self.clear_button.clicked.connect(lambda: self._take(""))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._shown.setMinimumWidth(self._shown.fontMetrics().horizontalAdvance(self.tr("未设置")) + 8)
        row.addWidget(self._shown, 1)
        row.addWidget(self.choose_button)
        row.addWidget(self.clear_button)
        self.setFocusProxy(self.choose_button)
        self.set_path("")

    def path(self) -> str:
        """The folder, "" for none."""
        return self._path

    def set_path(self, path: str) -> None:
        """Shows what is in force."""
        self._path = path
        self._shown.set_whole(path or self.tr("未设置"))
        self.clear_button.setVisible(bool(path))

    def choose(self) -> None:
        """Asks for a folder with the system's dialog."""
        dialog = QFileDialog(self, self._name, self._path)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take(self, path: str) -> None:
        if path != self._path:
            self.set_path(path)
            self.chosen.emit(path)
