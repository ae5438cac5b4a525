"""Saving while somebody types: 0.8 s after a key at the latest, when the focus goes, when the page is left.

One save at a time, in the work lane. What is typed during a save is saved by the next one. A save that failed gives
its fields back, so that nothing is thought to be safe that is not, and is tried again. Text that is no value yet is kept beside the
record, and so is the place somebody was at, for the next start. Must not know forms or widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.tasks import Tasks
from sync.errors import Offline, Refused
from sync.records import Checked, Record
from sync.workspace import Workspace

PAUSE_MS = 800
AGAIN_MS = 5_000  # a save that failed is tried again: the disk has room, the folder is back
BEGUN = ""  # among the texts by field, no field's name
PLACE = "editor.open"  # where somebody was: {"id", "kind", "field"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a save left: the record as it stands now, the rules' word on it, and whether the last round found no line."""

    record: Record
    checked: Checked
    offline: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds: all values for a new record, and what is no value yet: texts, companies entered in place."""

    values: Mapping[str, Any]
    texts: Mapping[str, str]
    place: str | None
    begun: Mapping[str, Any] = field(default_factory=dict)

    def unfinished(self) -> dict[str, Any]:
        """What is kept beside the record."""
        return {**self.texts, **({BEGUN: dict(self.begun)} if self.begun else {})}


class Autosave(QObject):
    """Saves one record. ``read()`` gives what the form holds at the moment of saving."""

    started = Signal()
    kept = Signal(object)  # Kept
    failed = Signal(object)  # the exception; what was to be saved is still due

    def __init__(
        self, workspace: Workspace, tasks: Tasks, kind: str, record_id: str | None, read: Callable[[], Typed],
        parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._workspace, self._tasks, self._kind, self._read = workspace, tasks, kind, read
        self.record_id = record_id
        self.seen: dict[str, Any] = {}  # what each field held when it was last shown or saved
        self._due: set[str] = set()
        self._under_way: set[str] = set()
        self._running = False
        self.texts: dict[str, Any] = {}  # what is kept beside the record
        self._waiting: list[Callable[[str], None]] = []  # for the record's id
        self._after: list[Callable[[], None]] = []  # for everything to be safe
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)

    def touch(self, *names: str) -> None:
        """These fields were changed; they are saved soon, also while somebody types on without a pause."""
        self._due.update(names)
        if not self._timer.isActive() or self._timer.remainingTime() > PAUSE_MS:
            self._timer.start(PAUSE_MS)

    def unsaved(self) -> frozenset[str]:
        """Fields whose latest text is not safe yet."""
        return frozenset(self._due | self._under_way)

    def save(self) -> None:
        """Saves what is due now."""
        self._timer.stop()
        if self._running or not (self._due or self._waiting):
            return
        typed = self._read()
        names, self._due = self._due, set()
        values = {name: typed.values.get(name) for name in names if name not in typed.texts}
        if self.record_id is None:
            values = {name: value for name, value in typed.values.items() if value is not None}
        texts = typed.unfinished()
        self._running, self._under_way = True, names
        self.started.emit()
        changed = texts if texts != self.texts else None
        self._tasks.work(
            _keep, self._workspace, self._kind, self.record_id, values, dict(self.seen), changed, typed.place,
            done=lambda kept: self._on_kept(kept, values, texts), failed=self._on_failed, owner=self,
        )  # fmt: skip

    def with_id(self, call: Callable[[str], None]) -> None:
        """Calls with the record's id, making the record first where there is none."""
        if self.record_id is not None:
            call(self.record_id)
            return
        self._waiting.append(call)
        self.save()

    def when_safe(self, call: Callable[[], None]) -> None:
        """Calls when everything typed so far is saved; dropped where a save fails."""
        self._after.append(call)
        self.save()
        if not self._running:
            self._finish()

    def retire(self) -> None:
        """The form goes on to another record: what it holds now is the last that is saved here."""
        last = self._read()
        self._read = lambda: last
        self.save()

    def save_here(self) -> None:
        """The last resort when the program ends: saves what is still due on this thread, now."""
        self._timer.stop()
        if self.unsaved() and not (self._running and self.record_id is None):
            typed, names = self._read(), self.unsaved()
            values = {name: typed.values.get(name) for name in names if name not in typed.texts}
            if self.record_id is None:
                values = {name: value for name, value in typed.values.items() if value is not None}
            _keep(self._workspace, self._kind, self.record_id, values, self.seen, typed.unfinished(), typed.place)
            self._due, self._under_way = set(), set()

    def remember_place(self, field: str | None) -> None:
        """Keeps where somebody is, so that the next start comes back to it."""
        if self.record_id is not None:
            place = {"id": self.record_id, "kind": self._kind, "field": field}
            self._tasks.work(self._workspace.remember, PLACE, place, owner=self)

    def _on_kept(self, kept: Kept, saved: Mapping[str, Any], texts: dict[str, Any]) -> None:
        self._running, self._under_way = False, set()
        self.record_id, self.texts = kept.record.id, texts
        self.seen.update((name, kept.record.fields.get(name)) for name in saved)
        waiting, self._waiting = self._waiting, []
        self.kept.emit(kept)
        for call in waiting:
            call(kept.record.id)
        if self._due:
            if not self._timer.isActive() or self._after:
                self.save()
        else:
            self._finish()

    def _on_failed(self, error: Exception) -> None:
        self._running = False
        self._due |= self._under_way
        self._under_way = set()
        self._after.clear()
        self._waiting.clear()
        if not isinstance(error, Refused):  # which other words change, and time does not
            self._timer.start(AGAIN_MS)
        self.failed.emit(error)

    def _finish(self) -> None:
        after, self._after = self._after, []
        for call in after:
            call()


def typed_key(record_id: str) -> str:
    """Where the texts of a record that are no values yet are kept, and what is ``BEGUN``."""
    return f"typed.{record_id}"


def read_record(workspace: Workspace, record_id: str) -> Kept:
    """A record and the rules' word on it."""
    return Kept(workspace.get(record_id), workspace.check(record_id), was_offline(workspace))


def was_offline(workspace: Workspace) -> bool:
    """Whether the last round found no line."""
    last = next(iter(workspace.rounds(1)), None)
    return last is not None and last.error == Offline.code


def _keep(
    workspace: Workspace, kind: str, record_id: str | None, values: Mapping[str, Any], seen: Mapping[str, Any],
    texts: dict[str, Any] | None, place: str | None,
) -> Kept:  # fmt: skip
    """The save itself (work lane)."""
    if record_id is None:
        record_id = workspace.draft(kind, values)
    elif values:
        workspace.edit(record_id, values, seen=seen)
    if texts is not None:
        workspace.remember(typed_key(record_id), texts)
    workspace.remember(PLACE, {"id": record_id, "kind": kind, "field": place})
    return read_record(workspace, record_id)
