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
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.pages.enrolling import Enroller, Greeting, why_refused
from desktop.pages.enrolment_steps import CheckStep, CodeStep, FetchStep, PhraseStep
from desktop.pages.page import scrolled
from desktop.pages.practising import practise
from desktop.tasks import Tasks
from desktop.widgets import language
from desktop.widgets.card import button, text
from desktop.widgets.notice_bar import NoticeBar
from desktop.widgets.step_rail import StepRail
from sync.errors import CodeRefused, Temporary, WrongPassphrase
from sync.records import Identity, Progress
from sync.workspace import Workspace

CODE, CHECK, PHRASE, FETCH = range(4)
NARROW = 1_100  # px of the page


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
        across.addWidget(self._make_right(enroller.needs_passphrase()), 1)
        self._go(CODE)

    def _make_right(self, needs_passphrase: bool) -> QWidget:
        """Title, messages, the step, and the way on."""
        right = QWidget()
        right.setAutoFillBackground(True)
        right.setBackgroundRole(right.palette().ColorRole.Base)
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
        self.given, self.check, self.fetch = CodeStep(), CheckStep(), FetchStep()
        self.given.choose.connect(self._choose)
        self.given.entered.connect(self.primary)
        self.given.practise.connect(lambda: practise(self._enroller.profile, self.notices))
        self.check.back.connect(lambda: self._go(CODE))
        secret = PhraseStep(needed=needs_passphrase)
        self.phrase = secret.phrase
        pages = (self.given, self.check, secret, self.fetch)
        for page in pages:
            self._steps.addWidget(scrolled(page))
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
        self._edges: list[QHBoxLayout | QVBoxLayout | NoticeBar] = [head, foot, self.notices, *(page.column for page in pages)]
        return right

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window leaves more of itself to the step."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self.rail.set_narrow(narrow)
        edge = 28 if narrow else 56
        for line in self._edges:
            line.setContentsMargins(edge, line.contentsMargins().top(), edge, line.contentsMargins().bottom())

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
            self.given.server.setText(self._asked.server)
            self.given.code.setText(self._asked.code)
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
        missing = self.given.missing()
        if missing:
            self.notices.say("warn", missing, key="code")
            return
        server, code = self.given.server.text().strip(), self.given.code.text().strip()
        if (server, code) != (self._asked.server, self._asked.code):
            self._asked = _Asked(server, code)
        self.notices.drop("code")
        pinned = (self._asked.said or {}).get("platform", "")
        self._begin(self.tr("正在核对平台…"))
        self._tasks.sync(self._enroller.greet, server, pinned, done=self._greeted, failed=self._not_greeted, owner=self)

    def _greeted(self, greeting: Greeting) -> None:
        self._end()
        self._greeting = greeting
        said, asked = self._asked.said or {}, self._asked
        self.check.show_greeting(greeting, asked.code, asked.file, said.get("liaison", ""), said.get("unit", ""))
        self._go(CHECK)

    def _not_greeted(self, error: Exception) -> None:
        self._end()
        words, remedy, code = wording.error(error, language.lang())
        self.notices.say("warn" if isinstance(error, Temporary) else "bad", words, remedy, key="code")
        self.setProperty("refusal", code)
        self.given.server.setFocus()

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
        self.fetch.say(self.tr("正在登记这台电脑…"))
        self._tasks.sync(
            self._enroller.enrol, self._asked.server, self._asked.code, phrase, said.get("platform", ""),
            done=self._enrolled, failed=self._refused, owner=self,
        )  # fmt: skip

    def _enrolled(self, result: tuple[Workspace, Identity]) -> None:
        self._workspace, self._identity = result
        who, key = self._identity, self._enroller.fingerprint(self._workspace)
        self.fetch.show_identity(who.liaison_name, who.unit_name, key)
        self.fetch.say(self.tr("正在取回资料…"))
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
            self.given.refuse()
        else:
            words, remedy, _code = wording.error(error, language.lang())
        self.notices.say("bad", words, remedy, key="code")

    def _on_progress(self, now: Progress) -> None:
        self.fetch.say(wording.progress(now, language.lang()), now.done_items, max(now.items, 1))

    def _fetched(self, _report: Any) -> None:
        self._end()
        self.fetch.say(self.tr("资料已取回，可以开始了。"), 1, 1)
        self._next.setText(self.tr("开始使用"))
        self._next.setFocus()

    def _not_fetched(self, error: Exception) -> None:
        """Enrolled, but the line broke: one can begin all the same."""
        self._end()
        words, _remedy, _code = wording.error(error, language.lang())
        self.fetch.say(self.tr("已登记。资料还没有取全，联网后会自动接着取。"), 0, 1)
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
            (self.given.code if not self.given.code.text() else self.given.server).setFocus()
        elif step == PHRASE:
            self.phrase.first.line.setFocus()

    def _begin(self, words: str) -> None:
        self._busy = True
        self._next.setText(words)

    def _end(self) -> None:
        self._busy = False
        self._next.setText(self.tr("下一步"))

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("选择登记文件"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.take_file(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
