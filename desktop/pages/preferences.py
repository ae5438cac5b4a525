"""The settings: built from their declarations, each takes effect at once and is kept beside the window.

Also the passphrase of this profile and what this computer is to the platform. Must not know what a setting does
elsewhere, except for the look, which it shows at once.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QApplication, QComboBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop import credentials, wording
from desktop.pages.page import Navigate, Page, scrolled
from desktop.settings import SETTINGS, Setting, Settings
from desktop.tasks import Tasks
from desktop.watched_folder import CAMERA
from desktop.widgets import theme
from desktop.widgets.card import Card, ElidedLabel, button, text
from desktop.widgets.folder_choice import FolderChoice
from desktop.widgets.new_passphrase import NewPassphrase
from desktop.widgets.segments import Segments
from desktop.widgets.unlock_form import SecretLine
from sync.errors import Failure, NotEnrolled
from sync.workspace import Workspace

NAMES, EDITORS = 96, 232  # px of the columns
_FEW = 3  # choices that stand side by side
_GROUPS = (("显示", ("look", "language")), ("同步", ("sync",)), ("安全", ("lock",)), ("桌面", ("desk",)))


class PreferencesPage(Page):
    """The page "preferences"."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.settings = Settings(workspace)
        self.editors: dict[str, Segments | QComboBox] = {}
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        self.set_title(self.tr("设置"), self.tr("改了就生效，不用保存"))
        inner = QWidget()
        inner.setMaximumWidth(theme.current().px(820) + 40)  # not the cards: their heights are asked at this width
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(12)
        for title, groups in _GROUPS:
            card = Card(self.tr(title))
            grid = QGridLayout()
            grid.setHorizontalSpacing(20)
            grid.setVerticalSpacing(10)
            grid.setColumnStretch(2, 1)
            grid.setColumnMinimumWidth(0, theme.current().px(NAMES))  # the same in every card: one edge down the page
            grid.setColumnMinimumWidth(1, theme.current().px(EDITORS))
            for row, setting in enumerate(one for one in SETTINGS if one.key.partition(".")[0] in groups):
                self._add(grid, row, setting)
            if title == "桌面":
                self._add_camera(grid)
            card.body.addLayout(grid)
            if title == "安全":
                card.body.addLayout(self._passphrase())
            column.addWidget(card)
        column.addWidget(self._about())
        column.addStretch(1)
        self.body.addWidget(scrolled(inner), 1)

    def refresh(self) -> None:
        """Shows what is in force."""
        self.camera.set_path(str((self.workspace.recall(CAMERA) or {}).get("folder") or ""))
        for setting in SETTINGS:
            value, editor = self.settings.get(setting.key), self.editors[setting.key]
            place = [choice[0] for choice in setting.choices].index(value)
            if isinstance(editor, Segments):
                editor.choose(str(place))
            else:
                editor.blockSignals(True)
                editor.setCurrentIndex(place)
                editor.blockSignals(False)

    def _add(self, grid: QGridLayout, row: int, setting: Setting) -> None:
        english = self.lang() == "en"
        name = setting.en if english else setting.label
        label = text(name, "small")
        editor: Segments | QComboBox
        if len(setting.choices) <= _FEW:
            editor = Segments(name, small=True)
            for place, (_value, zh, en) in enumerate(setting.choices):
                editor.add(str(place), en if english else zh)
            editor.chosen.connect(lambda key, setting=setting: self._set(setting, int(key)))
        else:
            editor = QComboBox()
            editor.setAccessibleName(name)
            editor.addItems([en if english else zh for _value, zh, en in setting.choices])
            editor.activated.connect(partial(self._set, setting))
        label.setBuddy(editor)
        self.editors[setting.key] = editor
        grid.addWidget(label, row, 0)
        grid.addWidget(editor, row, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(text(setting.help_en if english else setting.help, "meta", wrap=True), row, 2)

    def _add_camera(self, grid: QGridLayout) -> None:
        """The folder a document camera writes into; kept beside the settings, since it is no choice of a few."""
        name = self.tr("扫描文件夹")
        self.camera = FolderChoice(name)
        self.camera.chosen.connect(self._set_camera)
        label = text(name, "small")
        label.setBuddy(self.camera)
        row = grid.rowCount()
        grid.addWidget(label, row, 0)
        grid.addWidget(self.camera, row, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(text(self.tr("高拍仪存图的文件夹；有新扫描件时会在填写页提示，不会自动添加"), "meta", wrap=True), row, 2)

    def _set_camera(self, path: str) -> None:
        self.tasks.work(
            self.workspace.remember, CAMERA, {"folder": path}, done=lambda _: self._tell_window("camera.folder", path),
            failed=self.fail, owner=self,
        )  # fmt: skip

    def _tell_window(self, key: str, value: Any) -> None:
        told = getattr(self.window(), "setting_changed", None)
        if told is not None:
            told.emit(key, value)

    def _set(self, setting: Setting, place: int) -> None:
        value = setting.choices[place][0]
        self.tasks.work(
            self.settings.set, setting.key, value, done=lambda _: self._take_effect(setting.key, value),
            failed=self.fail, owner=self,
        )  # fmt: skip

    def _take_effect(self, key: str, value: Any) -> None:
        """The look changes now; the window keeps it too, where there is one that can."""
        self._tell_window(key, value)
        if not key.startswith("look."):
            return
        change = getattr(self.window(), "set_look", None)
        if callable(change):
            change(**{key.partition(".")[2]: value})
            return
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, bool(self.settings.get("look.dark")), float(self.settings.get("look.scale")))

    # ----------------------------------------------------------------------------------------- passphrase

    def _passphrase(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        slots = slots_of(self.workspace)
        has = "passphrase" in slots
        kept = self.tr("由系统钥匙串保管") if "keyring" in slots else self.tr("还没有口令，能用这台电脑的人都能打开；建议设一个")
        head = QHBoxLayout()
        head.setSpacing(20)
        name = text(self.tr("开锁口令"), "small")
        name.setMinimumWidth(theme.current().px(NAMES))
        head.addWidget(name)
        self._state = text(self.tr("已设置") if has else kept, "meta", wrap=True)
        head.addWidget(self._state, 1)
        self._open = button(self.tr("更换口令") if has else self.tr("设置口令"), small=True)
        self._open.clicked.connect(self._show_passphrase)
        head.addWidget(self._open)
        self._recover = button(self.tr("生成恢复码"), small=True)
        self._recover.clicked.connect(self._ask_for_code)
        head.addWidget(self._recover)
        column.addLayout(head)
        self._secret_box = QWidget()
        inner = QVBoxLayout(self._secret_box)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        self.current = SecretLine(self.tr("现在的口令"))
        self._current_label = text(self.tr("现在的口令"), "secondary")
        self._current_label.setBuddy(self.current.line)
        for widget in (self._current_label, self.current):
            inner.addWidget(widget)
            widget.setVisible(has)
        self.new = NewPassphrase()
        inner.addWidget(self.new)
        row = QHBoxLayout()
        save = button(self.tr("保存口令"), "primary", small=True)
        save.clicked.connect(self.save_passphrase)
        cancel = button(self.tr("取消"), small=True)
        cancel.clicked.connect(self._hide_passphrase)
        row.addWidget(save)
        row.addWidget(cancel)
        row.addStretch(1)
        inner.addLayout(row)
        self._secret_box.hide()
        column.addWidget(self._secret_box)
        column.addWidget(self._recovery(needs_phrase=has))
        return column

    def _recovery(self, *, needs_phrase: bool) -> QWidget:
        self._code_box = QWidget()
        column = QVBoxLayout(self._code_box)
        column.setContentsMargins(0, 0, 0, 0)
        self.proof = SecretLine(self.tr("现在的口令"))
        label = text(self.tr("现在的口令"), "secondary")
        label.setBuddy(self.proof.line)
        self._make = button(self.tr("生成"), "primary", small=True)
        self._make.clicked.connect(self.make_recovery_code)
        self.code = text("", "cardTitle")
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        row = QHBoxLayout()
        row.addWidget(self.proof, 1)
        row.addWidget(self._make)
        row.addStretch(1)
        column.addWidget(label)
        column.addLayout(row)
        column.addWidget(self.code)
        for widget in (label, self.proof):
            widget.setVisible(needs_phrase)
        self._code_box.hide()
        return self._code_box

    def _ask_for_code(self) -> None:
        self._code_box.show()
        (self.proof.line if self.proof.isVisibleTo(self._code_box) else self._make).setFocus()

    def make_recovery_code(self) -> None:
        """Shows a code that opens this profile where the passphrase is forgotten; an earlier one counts no more."""

        def done(code: str) -> None:
            self.proof.clear()
            self.code.setText(code)
            self.code.setAccessibleName(self.tr("恢复码 {code}").format(code=code))
            words = self.tr("请抄下来，放进单位保险柜：离开这一页就不再显示。忘了口令时在开锁的地方输入它；以前的恢复码作废。")
            self.notices.say("ok", self.tr("恢复码已生成"), words, key="recovery")

        current = self.proof.text() if self.proof.isVisibleTo(self._code_box) else None
        self.tasks.work(_new_recovery_code, self.workspace, current, done=done, failed=self.fail, owner=self)

    def hideEvent(self, event: QHideEvent) -> None:
        """A code that was shown is gone with the page."""
        super().hideEvent(event)
        self.code.clear()
        self._code_box.hide()

    def save_passphrase(self) -> None:
        """Sets the passphrase, or says what is wrong with it."""
        phrase = self.new.phrase()
        if not phrase:
            self.new.show_wrong()
            return
        current = self.current.text() if self.current.isVisibleTo(self._secret_box) else None

        def done(_result: object) -> None:
            self._hide_passphrase()
            self._state.setText(self.tr("已设置"))
            self._open.setText(self.tr("更换口令"))
            for widget in (self._current_label, self.current):
                widget.setVisible(True)
            words = self.tr("忘了口令又没有恢复码，本机上没同步的内容找不回来；已同步的可以重新登记后取回。")
            self.notices.say("ok", self.tr("开锁口令已保存"), words, key="passphrase")

        self.tasks.work(_set_passphrase, self.workspace, current, phrase, done=done, failed=self.fail, owner=self)

    def _show_passphrase(self) -> None:
        self._secret_box.show()
        line = self.current if self.current.isVisibleTo(self._secret_box) else self.new.first
        line.line.setFocus()

    def _hide_passphrase(self) -> None:
        self._secret_box.hide()
        self.current.clear()
        self.new.clear()

    def _about(self) -> Card:
        card = Card(self.tr("这台电脑"))
        who = self.workspace.identity
        rows = [(self.tr("资料文件夹"), str(self.workspace.directory))]
        if who is not None:
            device = wording.NONE if not who.device else who.device[:16].upper()
            rows = [
                (self.tr("姓名"), who.liaison_name), (self.tr("单位"), who.unit_name), (self.tr("平台地址"), who.server),
                (self.tr("本机设备"), device), *rows,
            ]  # fmt: skip
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, theme.current().px(NAMES))
        for row, (name, words) in enumerate(rows):
            grid.addWidget(text(name, "meta"), row, 0)
            grid.addWidget(ElidedLabel(words, "small", middle=True), row, 1)
        card.body.addLayout(grid)
        return card


def slots_of(workspace: Workspace) -> list[str]:
    """What the profile opens from; a header that cannot be read has none, and the window still works."""
    try:
        return credentials.slots(workspace.directory)
    except Failure:
        return []


def _key(workspace: Workspace, current: str | None) -> bytes:
    key = credentials.unlock(workspace.directory, current)
    if key is None:
        raise NotEnrolled
    return key


def _new_recovery_code(workspace: Workspace, current: str | None) -> str:
    """A new code for the profile (work lane)."""
    return credentials.new_recovery_code(workspace.directory, _key(workspace, current))


def _set_passphrase(workspace: Workspace, current: str | None, phrase: str) -> None:
    """Opens the profile's key and puts it behind a passphrase (work lane)."""
    credentials.set_passphrase(workspace.directory, _key(workspace, current), phrase)
