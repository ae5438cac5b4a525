"""A record as a page shows it, read in one go beside the window: itself, the names it refers to, rules, timeline.

Also the next step of a record: the one thing the main button offers. No Qt; must not judge anything itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop import wording
from desktop.widgets import language
from desktop.widgets.entry import word
from sync.domain.declare import Kind
from sync.domain.fields import Field, empty
from sync.domain.kinds import KINDS
from sync.domain.lifecycle import EDITABLE
from sync.records import Checked, Moment, Record, Row
from sync.workspace import Workspace

#: kinds that can be put on paper as a registration sheet
SHEETS = ("achievement", "demand", "visit", "landing", "request", "pilot_platform", "pilot_resource", "broker", "event")
ABOUT_SHOWN = 20
ABOUT = ("evaluation", "assignment", "visit", "landing", "service_log", "blocker")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read. ``names``: id -> title of every record referred to; ``about``: records that refer to this one."""

    record: Record
    names: Mapping[str, str]
    checked: Checked | None
    timeline: list[Moment] = field(default_factory=list)
    organisation: Record | None = None
    about: list[Row] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)  # the stages the liaison may move it to
    mine: bool = True  # of this unit; another unit's is only read and served

    @property
    def kind(self) -> Kind:
        """The declaration of the record's kind."""
        return KINDS[self.record.kind]

    @property
    def title(self) -> str:
        """The record's name; a visit is called after whom it was made to."""
        own = title_of(self.record, self.names)
        return self._about() or own if self.record.kind == "visit" else own

    @property
    def unit(self) -> str:
        """The name of the organisation (or record) it is about; of a visit, the place."""
        about = self._about()
        return about if self.record.kind != "visit" or not about else title_of(self.record, self.names)

    def _about(self) -> str:
        held = self.record.fields.get(self.kind.subtitle)
        return self.names.get(str(held), str(held or ""))


def read_record(workspace: Workspace, record_id: str, *, whole: bool = False) -> Seen:
    """Reads a record; ``whole`` with timeline and what refers to it. ``LookupError`` where there is none."""
    record = workspace.get(record_id)
    names: dict[str, str] = {}
    organisation: Record | None = None
    for ref in _references(record):
        try:
            found = workspace.get(ref)
        except LookupError:
            continue
        names[ref] = title_of(found, {})
        if found.kind == "organisation" and organisation is None:
            organisation = found
    who = workspace.identity
    mine = who is None or record.unit == who.unit
    judged = mine and record.workflow in ("draft", "queued", "returned", "submitted")
    checked = workspace.check(record_id) if judged and KINDS[record.kind].writer == "liaison" else None
    if not whole:
        return Seen(record, names, checked, organisation=organisation, mine=mine)
    about = [
        row
        for row in workspace.rows(ABOUT, limit=200).rows
        if record_id in (row.fields.get("subject"), *(row.fields.get("finds") or ()))
    ]
    steps = workspace.steps(record_id) if who is not None else []
    return Seen(record, names, checked, workspace.timeline(record_id), organisation, about[:ABOUT_SHOWN], steps, mine)


def telling(timeline: Sequence[Moment]) -> list[Moment]:
    """The moments that say something: the platform's own bookkeeping (a count, a stage) is no event."""
    return [one for one in timeline if one.what != "review" or one.changes or one.note]


def title_of(record: Record, names: Mapping[str, str]) -> str:
    """The name of a record."""
    declared = KINDS.get(record.kind)
    held = record.fields.get(declared.title) if declared is not None else None
    return names.get(str(held), str(held or ""))


def _references(record: Record) -> list[str]:
    found: list[str] = []
    for name, one in KINDS[record.kind].fields.items():
        held = record.fields.get(name)
        if one.of and isinstance(held, str):
            found.append(held)
        elif one.of and isinstance(held, list):
            found += [str(item) for item in held if isinstance(item, str)]
    return list(dict.fromkeys(found))


def shown_fields(seen: Seen, *, short: bool) -> list[tuple[Field, Any]]:
    """The filled fields in the order of the form; ``short``: only what a preview has room for."""
    kind, values = seen.kind, seen.record.fields
    skip = {kind.subtitle if kind.name == "visit" else kind.title, *(["disclosure"] if short else [])}
    if short:
        skip.add(kind.subtitle)
    found = []
    for one in kind.fields.values():
        held = values.get(one.name)
        if not one.stored or empty(held) or one.name in skip or not one.applies(values):
            continue
        if short and (one.long or (one.submit == "no" and one.name not in kind.columns)):
            continue
        found.append((one, held))
    if not short:
        return found
    first = [pair for name in kind.columns for pair in found if pair[0].name == name]  # what a list shows, in its order
    return [*first, *(pair for pair in found if pair not in first)][:8]


@dataclass(frozen=True, slots=True)
class Step:
    """The main button of a record: words, icon, where it goes, and what it does there."""

    words: tuple[str, str]
    icon: str
    page: str
    where: Mapping[str, Any]
    count: int = 0
    submits: bool = False


def next_step(seen: Seen) -> Step:
    """What the liaison can do next with a record."""
    record = seen.record
    gaps = [one for one in (seen.checked.problems if seen.checked else []) if one.severity == "block"]
    field_name = gaps[0].field if gaps else None
    if record.conflicts:
        return Step(("处理冲突", "Decide the conflict"), "git-merge", "conflicts", {"id": record.id})
    if not seen.mine:
        if record.kind in ("achievement", "demand") and seen.steps:
            log: dict[str, Any] = {"kind": "service_log", "values": {"subject": record.id}}
            return Step(("记服务", "Log service"), "handshake", "editor", log)
        return Step(("查看", "View"), "eye", "detail", {"id": record.id})
    if record.workflow == "returned":
        remarks = record.facts.get("remarks") or [{}]
        where = {"id": record.id, "field": remarks[0].get("field") or field_name}
        return Step(("修改后重新提交", "Correct and submit again"), "pencil", "editor", where)
    if record.workflow == "draft" and gaps:
        where = {"id": record.id, "field": field_name}
        return Step(("继续填写 · 还差 {n} 项", "Go on · {n} to go"), "pencil", "editor", where, len(gaps))
    if record.workflow == "draft":
        return Step(("提交到平台", "Submit"), "cloud-upload", "", {}, submits=True)
    if record.kind == "demand" and record.workflow == "accepted" and record.stage in ("matched", "contracted"):
        where = {"kind": "landing", "values": {"subject": record.id}}
        return Step(("登记落地", "Register a landing"), "handshake", "editor", where)
    if record.kind == "achievement" and record.workflow == "accepted" and record.stage != "landed":
        where = {"kind": "landing", "values": {"subject": record.id}}
        return Step(("登记落地", "Register a landing"), "handshake", "editor", where)
    if record.workflow in EDITABLE or record.workflow == "accepted" or record.workflow is None:
        return Step(("修改", "Change"), "pencil", "editor", {"id": record.id})
    return Step(("查看", "View"), "eye", "detail", {"id": record.id})


def step_words(step: Step, lang: str) -> str:
    """What the main button says."""
    return step.words[lang == "en"].format(n=step.count)


def number_of(record: Record, lang: str) -> str:
    """The platform's number, "no number yet", or nothing for kinds without one."""
    if record.facts.get("number"):
        return str(record.facts["number"])
    return "" if record.workflow is None else ("no number yet" if lang == "en" else "待编号")


def remarks_of(record: Record) -> list[Mapping[str, Any]]:
    """What the centre said about a returned record, field by field; a reason without words is told by its sentence."""
    found = record.facts.get("remarks")
    said = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return [{**one, "text": one.get("text") or wording.note(str(one.get("code") or ""), language.lang())} for one in said]


def when_returned(seen: Seen) -> tuple[str, str]:
    """(who, instant) of the platform's last word, from the timeline or the remarks; empty where unknown."""
    for moment in seen.timeline:
        if "workflow" in moment.changes and moment.changes["workflow"][1] == seen.record.workflow:
            return moment.who, moment.at
    first: Mapping[str, Any] = next(iter(remarks_of(seen.record)), {})
    return str(first.get("by") or ""), str(first.get("at") or "")


def paper_state(state: str, lang: str) -> tuple[str, str]:
    """(word, tone) of a paper's sync state."""
    known = {
        "local": ("仅本机", "Only on this laptop", "amber"), "uploading": ("上传中", "Uploading", "blue"),
        "complete": ("已同步", "Synced", "green"), "missing": ("不在本机", "Not on this laptop", "grey"),
    }  # fmt: skip
    zh, en, tone = known[state]
    return (en if lang == "en" else zh), tone


def spoken(found: Field, held: Any, seen: Seen, lang: str, choice: Any, *, plain: bool = False) -> str:
    """A field's value in words, references by name, private values masked unless ``plain``."""
    return wording.value(
        found, held, lang, name=lambda one: seen.names.get(one, one), choice=lambda one: choice(word(one, lang)),
        plain=plain,
    )  # fmt: skip
