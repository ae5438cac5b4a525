"""One record becomes another: a company's request a demand, a visit a find, with links both ways.

The new record is a draft with what is known already (organisation, day found, where it comes from); the old one points
at it. Nothing is submitted and nothing is lost: a request that already became a demand gives back that demand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.domain.fields import empty, parse_time
from sync.domain.kinds import KINDS
from sync.domain.lifecycle import CLOSED, WORKFLOW
from sync.domain.problems import Problem
from sync.domain.values import SHANGHAI
from sync.errors import Refused
from sync.records import Record
from sync.workspace import Workspace, today

#: kinds a visit may find, and the field that names the visited organisation
FINDS: dict[str, str] = {
    "achievement": "owner_org",
    "demand": "org",
    "request": "org",
    "blocker": "subject",
    "pilot_platform": "host_org",
}
_TITLE = 40  # signs of a request's content that become the demand's first title


def demand_from_request(workspace: Workspace, request_id: str) -> str:
    """A draft demand out of a company's request; the request's ``demand_id`` names it. The id of the demand.

    Raises:
        LookupError: there is no such record. Refused: BAD_REF (it is no request), RECORD_CLOSED.
    """
    request = _record(workspace, request_id, "request")
    held = request.fields
    known = held.get("demand_id")
    if known and _stands(workspace, str(known)):
        return str(known)
    content = str(held.get("content") or "").strip()
    values = {
        "org": held.get("org"), "title": content.splitlines()[0][:_TITLE] if content else None, "problem": content[:1000] or None,
        "found_on": held.get("raised_on") or today().isoformat(), "request_id": request.id, "disclosure": held.get("disclosure"),
        "pilot_need": True if held.get("kind") == "中试" else None,
    }  # fmt: skip
    made = workspace.draft("demand", _filled(values))
    workspace.edit(request.id, {"demand_id": made})
    return made


def find_from_visit(workspace: Workspace, visit_id: str, kind: str) -> str:
    """A draft of ``kind`` found on a visit; the visit's ``finds`` name it. The id of the new record.

    Raises:
        LookupError: there is no such record. Refused: UNKNOWN_KIND (a visit finds no such thing), BAD_REF, RECORD_CLOSED.
    """
    if kind not in FINDS:
        raise Refused([Problem("kind", "UNKNOWN_KIND", "block", {"kind": kind[:40], "choices": "、".join(FINDS)})])
    visit = _record(workspace, visit_id, "visit")
    held, fields = visit.fields, KINDS[kind].fields
    day = _day(held)
    values: dict[str, Any] = {FINDS[kind]: held.get("org"), "visit_id": visit.id, "found_on": day, "raised_on": day, "since": day}
    values["source_channel"] = "走访"
    values["disclosure"] = held.get("disclosure")
    made = workspace.draft(kind, {name: value for name, value in _filled(values).items() if name in fields})
    finds = [str(one) for one in held.get("finds") or ()]
    workspace.edit(visit.id, {"finds": [*finds, made]})
    return made


def _record(workspace: Workspace, record_id: str, kind: str) -> Record:
    record = workspace.get(record_id)
    if record.kind != kind:
        label = KINDS[kind]
        values = {"label": label.label, "label_en": label.en, "value": record_id[:40]}
        raise Refused([Problem(None, "BAD_REF", "block", values)])
    if record.workflow in CLOSED:
        raise Refused([Problem(None, "RECORD_CLOSED", "block", WORKFLOW.told(state=record.workflow))])
    return record


def _stands(workspace: Workspace, record_id: str) -> bool:
    """Whether a record is here and was not deleted or withdrawn."""
    try:
        return workspace.get(record_id).workflow not in ("deleted", "withdrawn")
    except LookupError:
        return False


def _day(visit: Mapping[str, Any]) -> str:
    """The day of a visit in Dongguan, never later than today."""
    started = parse_time(str(visit.get("started_at") or ""))
    now = today().isoformat()
    day = started.astimezone(SHANGHAI).date().isoformat() if started else str(visit.get("planned_on") or now)
    return min(day, now)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not empty(value)}
