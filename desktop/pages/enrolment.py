"""Enrolling this computer: code or file, who one is and where it connects, passphrase, fetching what is there.

Four steps that never block the window; each thing that can go wrong is said in its own words and leads back to the
step where it is put right. The code is sent once; an answer that was lost is asked for again with the same key.
Used before there is a workspace, so it takes its operations as arguments. Must not know keys or HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.pages.enrolling import Enroller, Greeting, why_refused
from desktop.pages.page import scrolled
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, text
from desktop.widgets.chip import Chip
from desktop.widgets.new_passphrase import NewPassphrase
from desktop.widgets.notice_bar import Notice, NoticeBar
from desktop.widgets.step_rail import StepRail
from sync.errors import CodeRefused, Temporary, WrongPassphrase
from sync.records import Identity, Progress
from sync.workspace import Workspace

CODE, CHECK, PHRASE, FETCH = range(4)


@dataclass(slots=True)
class _Asked:
    """What was given so far."""

    server: str = ""
    code: str = ""
    file: str = ""
    said: Mapping[str, str] | None = None  # what the file says


class EnrolmentPage(QWidget):
    """The page "enrolment". ``enrolled(workspace, identity)`` at the end."""

    enrolled = Signal(object, object)
    title = ""

    def __init__(self, enroller: Enroller, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._enroller, self._tasks = enroller, tasks
        self._asked = _Asked()
        self._greeting: Greeting | None = None
        self._workspace: Workspace | None = None
        self._identity: Identity | None = None
        self._busy = False
        self.title = self.tr("首次登记")
        self.setAcceptDrops(True)
        self.rail = StepRail(
            self.tr("把这台电脑\n登记为联络员工作台"), self.tr("大约 3 分钟。登记后断网也能填报。"),
            (self.tr("登记码或登记文件"), self.tr("核对平台和身份"), self.tr("设置开锁口令"), self.tr("取回资料")),
            self.tr("遇到问题？请本单位的管理员重发登记码或登记文件，几天内有效。"),
        )  # fmt: skip
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        right = QWidget()
        right.setAutoFillBackground(True)
        right.setBackgroundRole(right.palette().ColorRole.Base)
        across.addWidget(right, 1)
        whole = QVBoxLayout(right)
        whole.setContentsMargins(0, 36, 0, 28)
        whole.setSpacing(14)
        head = QHBoxLayout()
        head.setContentsMargins(56, 0, 56, 0)
        self._title = text("", "title")
        self._place = text("", "secondary")
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._place)
        whole.addLayout(head)
        self.notices = NoticeBar()
        self.notices.setContentsMargins(56, 0, 56, 0)
        whole.addWidget(self.notices)
        self._steps = QStackedWidget()
        for make in (self._code_step, self._check_step, self._phrase_step, self._fetch_step):
            self._steps.addWidget(scrolled(make()))
        whole.addWidget(self._steps, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(56, 0, 56, 0)
        self._back = button(self.tr("上一步"))
        self._back.clicked.connect(self.back)
        self._next = button("", "primary")
        self._next.setMinimumWidth(128)
        self._next.clicked.connect(self.primary)
        foot.addWidget(self._back)
        foot.addStretch(1)
        foot.addWidget(self._next)
        whole.addLayout(foot)
        self._go(CODE)

    # ---------------------------------------------------------------------------------------------- steps

    def open(self, **where: Any) -> None:
        """Begins at the code."""
        self._go(CODE)

    def refresh(self) -> None:
        """Nothing of it changes by itself."""

    def leave(self) -> None:
        """Nothing to save: a code is asked for once."""

    def step(self) -> int:
        """0 code, 1 check, 2 passphrase, 3 fetch."""
        return self._steps.currentIndex()

    def back(self) -> None:
        """One step back; what was given stays."""
        if not self._busy and self.step() in (CHECK, PHRASE):
            self._go(self.step() - 1)

    def primary(self) -> None:
        """The main button of the step."""
        if not self._busy:
            (self._leave_code, self._leave_check, self._leave_phrase, self._finish)[self.step()]()

    def take_file(self, path: Path) -> None:
        """Reads an enrolment file and goes on to checking."""

        def done(said: Mapping[str, str]) -> None:
            self._end()
            self._asked = _Asked(said.get("server", ""), said["code"], path.name, said)
            self.server.setText(self._asked.server)
            self.code.setText(self._asked.code)
            self._leave_code()

        def failed(_error: Exception) -> None:
            self._end()
            words = self.tr("“{name}”不是登记文件").format(name=path.name)
            self.notices.say("bad", words, self.tr("请选管理员发来的文件，或改用登记码。"), key="code")

        self._begin(self.tr("正在读取…"))
        self._tasks.work(self._enroller.read_file, path, done=done, failed=failed, owner=self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """An enrolment file may be dropped on the first step."""
        if event.mimeData().hasUrls() and self.step() == CODE:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Takes the file."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.take_file(paths[0])

    def _leave_code(self) -> None:
        server, code = self.server.text().strip(), self.code.text().strip()
        for line, value in ((self.code, code), (self.server, server)):
            theme.set_property(line, "bad", not value)
        if not code or not server:
            missing = self.tr("请填写登记码。") if not code else self.tr("请填写平台地址。")
            self.notices.say("warn", missing, key="code")
            (self.server if code else self.code).setFocus()
            return
        if (server, code) != (self._asked.server, self._asked.code):
            self._asked = _Asked(server, code)
        self.notices.drop("code")
        pinned = (self._asked.said or {}).get("platform", "")
        self._begin(self.tr("正在核对平台…"))
        self._tasks.sync(self._enroller.greet, server, pinned, done=self._greeted, failed=self._not_greeted, owner=self)

    def _greeted(self, greeting: Greeting) -> None:
        self._end()
        self._greeting = greeting
        said = self._asked.said or {}
        rows = (
            (self._who, said.get("liaison") or self.tr("登记后显示")),
            (self._unit, said.get("unit") or self.tr("登记后显示")),
            (self._address, greeting.url),
            (self._shown_code, _grouped(self._asked.code)),
        )
        for label, words in rows:
            label.set_whole(words)
        if greeting.matches:
            self._seal.set_state(self.tr("与登记文件一致"), "check", "quiet-green")
        elif greeting.url.startswith("https:"):
            self._seal.set_state(self.tr("连接已加密，证书已核对"), "check", "quiet-green")
        else:
            self._seal.set_state(self.tr("在这台电脑上，不经过网络"), "info", "quiet")
        self._source.setText(self._asked.file or self.tr("登记码 {code}").format(code=_grouped(self._asked.code)))
        self._go(CHECK)

    def _not_greeted(self, error: Exception) -> None:
        self._end()
        words, remedy, code = wording.error(error, language.lang())
        self.notices.say("warn" if isinstance(error, Temporary) else "bad", words, remedy, key="code")
        self.setProperty("refusal", code)
        self.server.setFocus()

    def _leave_check(self) -> None:
        self._go(PHRASE)

    def _leave_phrase(self) -> None:
        phrase = self.phrase.phrase()
        if not phrase and (self._enroller.needs_passphrase() or self.phrase.first.text()):
            self.phrase.show_wrong()
            return
        self._go(FETCH)
        self._enrol(phrase or None)

    def _enrol(self, phrase: str | None) -> None:
        said = self._asked.said or {}
        self._begin(self.tr("正在登记…"))
        self._bar.setRange(0, 0)
        self._doing.setText(self.tr("正在登记这台电脑…"))
        self._tasks.sync(
            self._enroller.enrol, self._asked.server, self._asked.code, phrase, said.get("platform", ""),
            done=self._enrolled, failed=self._refused, owner=self,
        )  # fmt: skip

    def _enrolled(self, result: tuple[Workspace, Identity]) -> None:
        self._workspace, self._identity = result
        key = self._enroller.fingerprint(self._workspace)
        self._key.set_whole(key)
        self._made.set_state(self.tr("已生成"), "check", "green")
        self._names.set_whole(f"{self._identity.liaison_name} · {self._identity.unit_name}")
        self._doing.setText(self.tr("正在取回资料…"))
        report = self._tasks.relay(self._on_progress, self)
        self._tasks.sync(
            self._enroller.fetch, self._workspace, report, done=self._fetched, failed=self._not_fetched, owner=self
        )

    def _refused(self, error: Exception) -> None:
        """Each reason in its own words, and back to where it is put right."""
        self._end()
        self._go(PHRASE if isinstance(error, WrongPassphrase) else CODE)
        if isinstance(error, CodeRefused):
            words, remedy = why_refused(error, language.lang())
            theme.set_property(self.code, "bad", True)
            self.code.setFocus()
            self.code.selectAll()
        else:
            words, remedy, _code = wording.error(error, language.lang())
        self.notices.say("bad", words, remedy, key="code")

    def _on_progress(self, now: Progress) -> None:
        self._doing.setText(wording.progress(now, language.lang()))
        self._bar.setRange(0, max(now.items, 1))
        self._bar.setValue(min(now.done_items, max(now.items, 1)))

    def _fetched(self, _report: Any) -> None:
        self._end()
        self._bar.setRange(0, 1)
        self._bar.setValue(1)
        self._doing.setText(self.tr("资料已取回，可以开始了。"))
        self._next.setText(self.tr("开始使用"))
        self._next.setFocus()

    def _not_fetched(self, error: Exception) -> None:
        """Enrolled, but the line broke: one can begin all the same."""
        self._end()
        words, _remedy, _code = wording.error(error, language.lang())
        self._bar.setRange(0, 1)
        self._doing.setText(self.tr("已登记。资料还没有取全，联网后会自动接着取。"))
        self.notices.say("warn", words, key="fetch")
        self._next.setText(self.tr("开始使用"))

    def _finish(self) -> None:
        if self._workspace is not None:
            self.enrolled.emit(self._workspace, self._identity)

    # ------------------------------------------------------------------------------------------- showing

    def _go(self, step: int) -> None:
        self._steps.setCurrentIndex(step)
        titles = (self.tr("登记码或登记文件"), self.tr("核对平台和身份"), self.tr("设置开锁口令"), self.tr("取回资料"))
        self._title.setText(titles[step])
        self._place.setText(self.tr("第 {number} 步，共 {count} 步").format(number=step + 1, count=4))
        greeted = self._greeting.host if self._greeting is not None else ""
        details = (
            self._asked.file or (self.tr("已填写") if self._asked.code else ""),
            greeted if step > CHECK else "",
            self.tr("保护本机资料"),
            self.tr("企业名录、字典、你的记录"),
        )
        self.rail.set_step(step, details)
        self._back.setVisible(step in (CHECK, PHRASE))
        words = (
            self.tr("下一步：核对平台"),
            self.tr("下一步：设置口令"),
            self.tr("下一步：取回资料"),
            self.tr("请稍候"),
        )
        self._next.setText(words[step])
        if step == CODE:
            (self.code if not self.code.text() else self.server).setFocus()
        elif step == PHRASE:
            self.phrase.first.line.setFocus()

    def _begin(self, words: str) -> None:
        self._busy = True
        self._next.setText(words)

    def _end(self) -> None:
        self._busy = False
        self._next.setText(self.tr("下一步"))

    # --------------------------------------------------------------------------------------------- frame

    def _code_step(self) -> QWidget:
        page = QWidget()
        column = _column(page)
        file = Card(self.tr("登记文件"), self.tr("管理员发来的，最省事"), icon_name="file-check", tint="green")
        row = QHBoxLayout()
        choose = button(self.tr("选择文件"), icon_name="file")
        choose.clicked.connect(self._choose)
        row.addWidget(choose)
        row.addWidget(text(self.tr("或把文件拖到这里"), "secondary"))
        row.addStretch(1)
        file.body.addLayout(row)
        column.addWidget(file)
        card = Card(self.tr("登记码"), self.tr("没有文件时用"), icon_name="key-round", tint="accent")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        self.code, self.server = QLineEdit(), QLineEdit()
        for place, (line, name, hint) in enumerate(
            (
                (self.code, self.tr("登记码"), self.tr("如 8QK4-2M7V-91TD")),
                (self.server, self.tr("平台地址"), self.tr("如 https://cgzh.dg.example")),
            )
        ):
            label = text(name, "secondary")
            label.setBuddy(line)
            line.setAccessibleName(name)
            line.setPlaceholderText(hint)
            line.returnPressed.connect(self.primary)
            line.textEdited.connect(lambda _text, line=line: theme.set_property(line, "bad", False))
            grid.addWidget(label, 0, place)
            grid.addWidget(line, 1, place)
            grid.setColumnStretch(place, 1)
        card.body.addLayout(grid)
        column.addWidget(card)
        column.addStretch(1)
        return page

    def _check_step(self) -> QWidget:
        page = QWidget()
        column = _column(page)
        source = Card(self.tr("登记文件或登记码"), icon_name="file-check", tint="green")
        source.set_role("subtle")
        self._source = text("", "secondary")
        again = button(self.tr("改用别的"), "link")
        again.clicked.connect(lambda: self._go(CODE))
        source.head.addWidget(again)
        source.body.addWidget(self._source)
        column.addWidget(source)
        card = Card(self.tr("你是谁、连到哪里"), icon_name="shield-check", tint="green")
        card.set_role("subtle")
        wrong = button(self.tr("不对？返回修改"), "link")
        wrong.clicked.connect(lambda: self._go(CODE))
        card.head.addWidget(wrong)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        self._who, self._unit, self._address, self._shown_code = (ElidedLabel("", "small") for _ in range(4))
        self._seal = Chip()
        seal = QWidget()
        beside = QHBoxLayout(seal)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self._seal)
        beside.addStretch(1)
        rows: tuple[tuple[str, QWidget], ...] = (
            (self.tr("姓名"), self._who), (self.tr("单位"), self._unit), (self.tr("平台地址"), self._address),
            (self.tr("登记码"), self._shown_code), (self.tr("平台证书"), seal),
        )  # fmt: skip
        for number, (name, widget) in enumerate(rows):
            grid.addWidget(text(name, "meta"), number, 0)
            grid.addWidget(widget, number, 1)
        grid.setColumnStretch(1, 1)
        card.body.addLayout(grid)
        column.addWidget(card)
        column.addStretch(1)
        return page

    def _phrase_step(self) -> QWidget:
        page = QWidget()
        column = _column(page)
        card = Card(self.tr("开锁口令"), self.tr("打开和解锁时要输入"), icon_name="lock", tint="accent")
        card.set_role("cardAccent")
        self.phrase = NewPassphrase()
        card.body.addWidget(self.phrase)
        needs = self._enroller.needs_passphrase()
        if not needs:
            words = self.tr("这台电脑有系统钥匙串，可以不设口令，直接点下一步。")
            card.body.addWidget(text(words, "secondary", wrap=True))
        words, more = (
            self.tr("忘了口令，本机上没同步的内容找不回来"),
            self.tr("已同步的可以重新登记后取回。请把口令记在单位保险柜里。"),
        )
        card.body.addWidget(Notice("warn", words, more))
        column.addWidget(card)
        column.addStretch(1)
        return page

    def _fetch_step(self) -> QWidget:
        page = QWidget()
        column = _column(page)
        card = Card(self.tr("取回资料"), icon_name="download", tint="accent")
        self._names = ElidedLabel("", "small")
        self._doing = text("", "secondary", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("取回进度"))
        for widget in (self._names, self._doing, self._bar):
            card.body.addWidget(widget)
        column.addWidget(card)
        key = Card(self.tr("本机密钥"), icon_name="key-round", tint="accent")
        self._made = Chip()
        key.head.insertWidget(2, self._made)
        words = self.tr("用来向平台证明是这台电脑。私钥不离开本机；换电脑时请让管理员停用旧密钥。")
        key.body.addWidget(text(words, "secondary", wrap=True))
        row = QHBoxLayout()
        self._key = ElidedLabel("", "cardTitle")
        self._key.setAccessibleDescription(self.tr("本机密钥的指纹"))
        row.addWidget(self._key, 1)
        row.addWidget(text(self.tr("与管理员电话核对这 16 位，一致再使用"), "secondary"))
        key.body.addLayout(row)
        column.addWidget(key)
        column.addStretch(1)
        return page

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("选择登记文件"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.take_file(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _column(page: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(page)
    column.setContentsMargins(56, 0, 56, 0)
    column.setSpacing(14)
    return column


def _grouped(code: str) -> str:
    """A code as it is read aloud: four by four."""
    plain = "".join(char for char in code if char.isalnum()).upper()
    return " - ".join(plain[place : place + 4] for place in range(0, len(plain), 4)) or code
