"""The JSON people's scripts rely on: records, kinds, problems and reports as the command line prints them.

Names and keys are fixed; more keys may come. Must not know commands, Qt or the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from desktop import wording
from sync.domain.declare import Kind
from sync.domain.kinds import KINDS
from sync.domain.lists import EVIDENCE_KINDS
from sync.domain.problems import Problem
from sync.records import Checked, Conflict, Decision, Pending, Record, RoundReport, Row

if TYPE_CHECKING:
    from sync.judging import Todo
    from sync.workspace import Outcome


ABOUT = ("evaluation", "assignment")  # what the platform says of an item, in records of its own


def problem(found: Problem, lang: str = "zh") -> dict[str, Any]:
    """``{"field", "code", "message", "severity"}``."""
    return {"field": found.field, "code": found.code, "message": wording.problem(found, lang), "severity": found.severity}


def problems(found: Iterable[Problem], lang: str = "zh") -> list[dict[str, Any]]:
    """Several problems."""
    return [problem(one, lang) for one in found]


def kinds(lang: str = "zh") -> dict[str, Any]:
    """Every declared kind with its fields, needs and choices."""
    return {"kinds": {name: _kind(kind, lang) for name, kind in KINDS.items()}}


def _kind(kind: Kind, lang: str) -> dict[str, Any]:
    fields = {}
    for name, field in kind.fields.items():
        one: dict[str, Any] = {
            "label": field.en if lang == "en" else field.label, "type": field.type,
            "required_draft": _need(field.draft, field.owner), "required_submit": _need(field.submit, field.owner),
        }  # fmt: skip
        if name == "kind" and kind.name == "evidence":
            one["choices"] = [{"value": key, "label": names[lang == "en"]} for key, names in EVIDENCE_KINDS.items()]
        elif field.choices:
            one["choices"] = list(field.choices)
            one["open"] = field.open
        for key in ("least", "most", "pattern", "unit", "help", "default", "private"):
            value = getattr(field, key)
            if value not in (None, "", False):
                one[key] = value
        if field.of:
            one["of"] = list(field.of)
        if field.items:
            one["items"] = {
                part.name: {"label": part.en if lang == "en" else part.label, "type": part.type} for part in field.items
            }
        fields[name] = one
    return {
        "label": kind.en if lang == "en" else kind.label,
        "writer": kind.writer,
        "flow": kind.flow,
        "fields": fields,
    }


def _need(need: str, owner: str) -> bool | str:
    """True, False, or "when" for what only sometimes applies; what others fill is never required of a person."""
    return False if owner != "liaison" else {"yes": True, "no": False}.get(need, need)


def conflict(one: Conflict) -> dict[str, Any]:
    """A field two sides changed."""
    return {"id": one.record, "conflict": one.id, "field": one.field, "base": one.base, "mine": one.mine, "theirs": one.theirs,
            "by": one.by, "at": one.at, "mine_by": one.mine_by, "mine_at": one.mine_at}  # fmt: skip


def decision(one: Decision) -> dict[str, Any]:
    """A conflict that was decided: its two sides with their own names and times, what was chosen, by whom and when."""
    return {**conflict(one.conflict), "kept": one.kept, "back": one.back, "decided_by": one.by, "decided_at": one.at, "stands": one.stands}


def record(
    one: Record, timeline: Iterable[Any], lang: str = "zh", about: Iterable[Row] = (), steps: Iterable[str] = ()
) -> dict[str, Any]:
    """Everything known of a record; ``about`` are the rows of what the platform says of it, ``steps`` what may come next."""
    facts, told = one.facts, list(about)
    said = {kind: [{"id": row.id, **row.fields} for row in told if row.kind == kind] for kind in ABOUT}
    return {
        "id": one.id, "kind": one.kind, "unit": one.unit, "fields": dict(one.fields), "workflow": one.workflow, "stage": one.stage,
        "steps": list(steps), "evaluations": said["evaluation"], "assignments": said["assignment"],
        "advice": [{"evaluation": each["id"], **item} for each in said["evaluation"] for item in each.get("advice") or ()],
        "sync": {
            "state": one.sync_state, "pending": one.pending, "conflicts": [conflict(each) for each in one.conflicts],
            "problems": problems(one.refusals, lang),
        },
        "server": {
            "version": facts.get("version"), "number": facts.get("number"), "received_at": facts.get("received_at"),
            "remarks": facts.get("remarks") or [], "counted": facts.get("counted"),
            **{key: value for key, value in facts.items() if key not in ("version", "number", "received_at", "remarks", "counted", "stage")},
        },
        "amendment": dict(one.amendment),
        "evidence": [
            {"id": paper.id, "kind": paper.kind, "name": paper.name, "sha256": paper.sha256, "bytes": paper.bytes,
             "state": paper.state, "offset": paper.offset}
            for paper in one.papers
        ],
        "timeline": [
            {"at": each.at, "who": each.who, "what": each.what, "note": each.note, "seen": each.seen,
             "changes": {name: list(pair) for name, pair in each.changes.items()}}
            for each in timeline
        ],
    }  # fmt: skip


def todo(one: Todo, lang: str = "zh") -> dict[str, Any]:
    """A line of ``todo``."""
    return {"what": one.what, "id": one.id, "kind": one.kind, "title": one.title, "subtitle": one.subtitle, "text": one.text,
            "field": one.field, "due": one.due, "since": one.since,
            "problem": problem(one.problem, lang) if one.problem is not None else None}  # fmt: skip


def row(one: Row) -> dict[str, Any]:
    """A line of ``list``."""
    return {"id": one.id, "kind": one.kind, "title": one.title, "subtitle": one.subtitle, "workflow": one.workflow,
            "stage": one.stage, "sync_state": one.sync_state, "number": one.number, "updated_at": one.updated_at, "unit": one.unit}  # fmt: skip


def checked(one: Checked, lang: str = "zh") -> dict[str, Any]:
    """The rules on one record."""
    return {
        "verdict": one.verdict,
        "codes": one.codes,
        "problems": problems(one.problems, lang),
        "missing_evidence": one.missing,
        "year": one.year,
    }


def outcomes(ones: Iterable[Outcome], lang: str = "zh") -> dict[str, Any]:
    """What became of moves."""
    return {
        "results": [{"id": one.id, "workflow": one.workflow, "problems": problems(one.problems, lang)} for one in ones]
    }


def pending(one: Pending) -> dict[str, Any]:
    """What waits here."""
    return {"records": one.records, "files": one.files, "bytes": one.bytes, "oldest": one.oldest}


def round_report(one: RoundReport, waiting: Pending) -> dict[str, Any]:
    """What a round did."""
    keys = (
        "pulled",
        "pushed",
        "merged",
        "refused",
        "conflicts",
        "uploaded_files",
        "uploaded_bytes",
        "resent_bytes",
        "requests",
    )
    return {**{key: getattr(one, key) for key in keys}, "pending": pending(waiting), "cursor": one.cursor,
            "server_time": one.server_time, "seconds": one.seconds}  # fmt: skip


def failure(code: str, message: str, remedy: str, found: Iterable[Problem], lang: str) -> Mapping[str, Any]:
    """A refusal or trouble as JSON."""
    return {"error": {"code": code, "message": whole(message, remedy, lang), "problems": problems(found, lang)}}


def whole(message: str, remedy: str, lang: str) -> str:
    """What happened, and what is safe and to do next, as one text."""
    return f"{message}{('。', '. ')[lang == 'en']}{remedy}" if remedy else message
