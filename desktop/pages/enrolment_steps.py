"""The four steps of enrolling as they look: code or file, who and where, passphrase, fetching.

They hold what is typed and show what they are given; what follows stands in ``enrolment``.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from desktop.pages.enrolling import Greeting
from desktop.widgets import theme
from desktop.widgets.card import Card, ElidedLabel, button, text
from desktop.widgets.chip import Chip
from desktop.widgets.new_passphrase import NewPassphrase
from desktop.widgets.notice_bar import Notice


class _Step(QWidget):
    """A column of cards."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(56, 0, 56, 0)
        self.column.setSpacing(14)


class CodeStep(_Step):
    """A file, or a code with the platform's address."""

    choose = Signal()
    entered = Signal()
    practise = Signal()

    def __init__(self) -> None:
        super().__init__()
        file = Card(self.tr("登记文件"), self.tr("管理员发来的，最省事"), icon_name="file-check", tint="green")
        row = QHBoxLayout()
        pick = button(self.tr("选择文件"), icon_name="file")
        pick.clicked.connect(self.choose)
        row.addWidget(pick)
        row.addWidget(text(self.tr("或把文件拖到这里"), "secondary"))
        row.addStretch(1)
        file.body.addLayout(row)
        self.column.addWidget(file)
        card = Card(self.tr("登记码"), self.tr("没有文件时用"), icon_name="key-round", tint="accent")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        self.code, self.server = QLineEdit(), QLineEdit()
        lines = (
            (self.code, self.tr("登记码"), self.tr("如 8QK4-2M7V-91TD")),
            (self.server, self.tr("平台地址"), self.tr("如 https://cgzh.dg.example")),
        )
        for place, (line, name, hint) in enumerate(lines):
            label = text(name, "secondary")
            label.setBuddy(line)
            line.setAccessibleName(name)
            line.setPlaceholderText(hint)
            line.setToolTip(hint)
            line.returnPressed.connect(self.entered)
            line.textEdited.connect(lambda _text, line=line: theme.set_property(line, "bad", False))
            grid.addWidget(label, 0, place)
            grid.addWidget(line, 1, place)
            grid.setColumnStretch(place, 1)
        card.body.addLayout(grid)
        self.column.addWidget(card)
        first = Card(self.tr("还没有登记码？"), self.tr("先用虚构的企业和记录练一练，不会送到平台"), icon_name="lightbulb", tint="accent")
        row = QHBoxLayout()
        self.try_out = button(self.tr("打开练习窗口"))
        self.try_out.clicked.connect(self.practise)
        row.addWidget(self.try_out)
        row.addStretch(1)
        first.body.addLayout(row)
        self.column.addWidget(first)
        self.column.addStretch(1)

    def missing(self) -> str:
        """What is not filled in, as a sentence; "" where nothing is. Marks the line and goes there."""
        code, server = self.code.text().strip(), self.server.text().strip()
        theme.set_property(self.code, "bad", not code)
        theme.set_property(self.server, "bad", not server)
        if code and server:
            return ""
        (self.server if code else self.code).setFocus()
        return self.tr("请填写平台地址。") if code else self.tr("请填写登记码。")

    def refuse(self) -> None:
        """The code was not taken: it stays, to be corrected."""
        theme.set_property(self.code, "bad", True)
        self.code.setFocus()
        self.code.selectAll()


class CheckStep(_Step):
    """Who one is and where this computer will connect, before the code is spent."""

    back = Signal()

    def __init__(self) -> None:
        super().__init__()
        source = Card(self.tr("登记文件或登记码"), icon_name="file-check", tint="green")
        source.set_role("subtle")
        self._source = text("", "secondary")
        again = button(self.tr("改用别的"), "link")
        again.clicked.connect(self.back)
        source.head.addWidget(again)
        source.body.addWidget(self._source)
        self.column.addWidget(source)
        card = Card(self.tr("你是谁、连到哪里"), icon_name="shield-check", tint="green")
        card.set_role("subtle")
        wrong = button(self.tr("不对？返回修改"), "link")
        wrong.clicked.connect(self.back)
        card.head.addWidget(wrong)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        self._facts = [ElidedLabel("", "small") for _ in range(4)]
        names = (self.tr("姓名"), self.tr("单位"), self.tr("平台地址"), self.tr("登记码"))
        for number, (name, label) in enumerate(zip(names, self._facts, strict=True)):
            grid.addWidget(text(name, "meta"), number, 0)
            grid.addWidget(label, number, 1)
        self._seal = Chip()
        seal = QHBoxLayout()
        seal.addWidget(self._seal)
        seal.addStretch(1)
        grid.addWidget(text(self.tr("平台证书"), "meta"), len(names), 0)
        grid.addLayout(seal, len(names), 1)
        grid.setColumnStretch(1, 1)
        card.body.addLayout(grid)
        self.column.addWidget(card)
        self.column.addStretch(1)

    def show_greeting(self, greeting: Greeting, code: str, file: str, person: str, unit: str) -> None:
        """What the platform and the file say; "" for what only enrolling will tell."""
        later, code = self.tr("登记后显示"), grouped(code)
        for label, words in zip(self._facts, (person or later, unit or later, greeting.url, code), strict=True):
            label.set_whole(words)
        if greeting.matches:
            self._seal.set_state(self.tr("与登记文件一致"), "check", "quiet-green")
        elif greeting.url.startswith("https:"):
            self._seal.set_state(self.tr("连接已加密，证书已核对"), "check", "quiet-green")
        else:
            self._seal.set_state(self.tr("在这台电脑上，不经过网络"), "info", "quiet")
        self._source.setText(file or self.tr("登记码 {code}").format(code=code))


class PhraseStep(_Step):
    """A passphrase; ``needed`` where no keyring could keep the key."""

    def __init__(self, *, needed: bool) -> None:
        super().__init__()
        card = Card(self.tr("开锁口令"), self.tr("打开和解锁时要输入"), icon_name="lock", tint="accent")
        card.set_role("cardAccent")
        self.phrase = NewPassphrase()
        card.body.addWidget(self.phrase)
        if not needed:
            words = self.tr("这台电脑有系统钥匙串，可以不设口令，直接点下一步。")
            card.body.addWidget(text(words, "secondary", wrap=True))
        words, more = (
            self.tr("忘了口令又没有恢复码，本机上没同步的内容找不回来；登记以后可在“设置”里生成恢复码"),
            self.tr("已同步的可以重新登记后取回。请把口令记在单位保险柜里。"),
        )
        card.body.addWidget(Notice("warn", words, more))
        self.column.addWidget(card)
        self.column.addStretch(1)


class FetchStep(_Step):
    """Enrolling and fetching: what is being done, who one is, the key to compare by telephone."""

    def __init__(self) -> None:
        super().__init__()
        card = Card(self.tr("取回资料"), icon_name="download", tint="accent")
        self.who = ElidedLabel("", "small")
        self.doing = text("", "secondary", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("取回进度"))
        for widget in (self.who, self.doing, self._bar):
            card.body.addWidget(widget)
        self.column.addWidget(card)
        key = Card(self.tr("本机密钥"), icon_name="key-round", tint="accent")
        self._made = Chip()
        key.head.insertWidget(2, self._made)
        words = self.tr("平台靠它认出这台电脑，它不会离开本机。换电脑时请让管理员停用旧的。")
        key.body.addWidget(text(words, "secondary", wrap=True))
        self.key = ElidedLabel("", "cardTitle")
        self.key.setAccessibleDescription(self.tr("本机密钥的指纹"))
        key.body.addWidget(self.key)
        key.body.addWidget(text(self.tr("与管理员电话核对这 16 位，一致再使用"), "secondary", wrap=True))
        self.column.addWidget(key)
        self.column.addStretch(1)

    def say(self, words: str, done: int = 0, whole: int = 0) -> None:
        """What is being done; without ``whole`` nobody knows how much there is."""
        self.doing.setText(words)
        self._bar.setRange(0, whole)
        self._bar.setValue(min(done, whole))

    def show_identity(self, person: str, unit: str, fingerprint: str) -> None:
        """Who this computer is enrolled for, and its key."""
        self.who.set_whole(f"{person} · {unit}")
        self.key.set_whole(fingerprint)
        self._made.set_state(self.tr("已生成"), "check", "green")


def grouped(code: str) -> str:
    """A code as it is read aloud: four by four."""
    plain = "".join(char for char in code if char.isalnum()).upper()
    return " - ".join(plain[place : place + 4] for place in range(0, len(plain), 4)) or code
