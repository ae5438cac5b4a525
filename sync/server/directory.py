"""What the centre publishes to all units: directories (brokers, pilot platforms and resources, …) and showcase items.

A published row is either a new entry of the platform's own, kept under the city's name, or a record a unit has
registered, shown with what a showcase may show. Nothing marked internal is ever shown, and what is limited only to
units that are named. A later file changes entries by their id and takes them out again.
This module must not know HTTP or the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from sync.domain.declare import Kind
from sync.domain.duplicates import same_organisation
from sync.domain.fields import empty
from sync.domain.kinds import KINDS
from sync.domain.lifecycle import AMENDED
from sync.domain.problems import Problem
from sync.domain.quota import CITY, FINDS
from sync.domain.steps import told_stage
from sync.domain.values import to_day
from sync.errors import NoSuch, Refused
from sync.server import judge, sharing, units
from sync.server.database import Database
from sync.server.decide import reach
from sync.server.held import Held, picture
from sync.server.review import CENTRE, decision
from sync.server.schema import record
from sync.server.service import Service
from sync.server.work import Work, create, new_id

#: Not fields of an entry: which record, for whom, where it stands, and whether it is taken out.
OWN = frozenset({"id", "units", "stage", "remove"})


def publish(service: Service, kind: str, rows: Sequence[Any]) -> dict[str, Any]:
    """Publish entries of a kind liaisons write: ``{"id"?, "units"?, "stage"?, "remove"?, …fields}`` each.

    Raises NoSuch (record, unit), Refused (an entry is of the wrong shape or may not be shown).
    """
    made = []
    with decision(service) as work:
        Database.open_feed(work.connection, CITY)
        known = units.names(work.connection)
        for row in rows:
            if not isinstance(row, dict) or not isinstance(row.get("units") or [], list):
                raise Refused([Problem(None, "BAD_CODE", "block", {"label": "文件内容", "label_en": "The file", "value": "{}"})])
            told = row.get("units") or [sharing.ALL]
            if any(one not in known and one != sharing.ALL for one in told):
                raise NoSuch(str(told))
            held = work.get(str(row["id"])) if row.get("id") else None
            if row.get("id") and (held is None or held.kind != kind):
                raise NoSuch(str(row["id"]))
            fields = {name: value for name, value in row.items() if name not in OWN}
            if held is not None and held.unit != CITY:
                _show(work, held, told, bool(row.get("remove")))
                _offer(work, held, told, known, bool(row.get("remove")))
            else:
                held = _entry(work, KINDS[kind], held, fields, told, row)
            made.append(held.id)
    return {"count": len(made), "ids": made}


def _entry(
    work: Work, kind: Kind, held: Held | None, fields: Mapping[str, Any], told: Sequence[str], row: Mapping[str, Any]
) -> Held:
    """A new entry of the platform's own, or a change of one."""
    fields = {name: _organisation(work, kind, name, value, told) for name, value in fields.items()}
    if held is None:
        usual = {name: field.default for name, field in kind.fields.items() if not empty(field.default)}
        fields = {**usual, **({"disclosure": "公开"} if "disclosure" in kind.fields else {}), **fields}
    wrong = [one for one in kind.problems(fields, "draft", judge.today(work)) if one.code != "REQUIRED" or held is None]
    if wrong:
        raise Refused(wrong)
    if held is None:
        held = work.start(new_id(), CITY, kind.name)
    before = picture(held)
    for name, value in fields.items():
        held.put(name, value, CENTRE, work.at)
    if kind.flow:
        held.move("revoked" if row.get("remove") else "accepted", CENTRE, work.at)
    stage = told_stage(kind.name, row.get("stage"))
    if stage is not None:
        reach(held, stage, CENTRE, work.at)
    for unit in told:
        sharing.share(held, unit, sharing.PUBLIC)
    work.row(held, before, CENTRE, "edited" if held.version else "created")
    return held


def _offer(work: Work, held: Held, told: Sequence[str], known: Mapping[str, str], remove: bool) -> None:
    """Units an item is pushed to by name are asked to look at it, once (项目清单: “第一时间通报”)."""
    if remove or held.kind not in FINDS:
        return
    title, offered = str(held.fields.get("title") or ""), dict(held.facts.get("offered") or {})
    for code in told:
        if code not in (sharing.ALL, held.unit) and code not in offered:
            offered[code] = work.at[:10]
            body = (f"中心把“{title}”（{known.get(held.unit, held.unit)}发现）列入推给你单位的项目清单。"
                    f"愿意承接的，请打开该项目记 1 条服务记录，写明承接单位和条件；中心据此落实包干责任。")  # fmt: skip
            create(work, code, "notice", {
                "title": f"项目清单：{title}", "body": body, "kind": "任务", "issuer": "科技成果转化服务中心",
                "issued_on": to_day(work.at).isoformat(),
            })  # fmt: skip
    if offered != (held.facts.get("offered") or {}):
        before = picture(held)
        held.tell(offered=offered)
        work.row(held, before, CENTRE, "review")


def _show(work: Work, held: Held, told: Sequence[str], remove: bool) -> None:
    """A unit's own record for others to see, and the name of the organisation behind it."""
    level = held.fields.get("disclosure")
    closed = level == "内部" or (level != "公开" and sharing.ALL in told) or held.fields.get("catalogue_ok") is False
    if not remove and (held.workflow not in AMENDED or closed):
        raise Refused([Problem("disclosure", "CONSENT_MISSING", "block", {"label": "公开", "label_en": "publication"})])
    shown = [held]
    for name, field in KINDS[held.kind].fields.items():
        value = held.fields.get(name)
        org = work.get(value) if field.of == ("organisation",) and isinstance(value, str) else None
        if org is not None and org.unit == held.unit and sharing.visible(held.kind, name, sharing.PUBLIC):
            shown.insert(0, org)
    for one in shown if not remove else [held]:
        before = picture(one)
        for unit in told:
            if remove:
                sharing.unshare(one, unit)
            elif unit != one.unit:
                sharing.share(one, unit, sharing.PUBLIC)
        work.row(one, before, CENTRE, "review")


def _organisation(work: Work, kind: Kind, name: str, value: Any, told: Sequence[str]) -> Any:
    """An organisation written out, as an entry of its own: the one known already by code or name, else a new one."""
    field = kind.fields.get(name)
    if field is None or "organisation" not in field.of or not isinstance(value, dict):
        return value
    chosen = select(record.c.id).where(record.c.kind == "organisation", record.c.unit == CITY)
    work.load(work.connection.execute(chosen).scalars())
    ours = (one for one in work.records.values() if one is not None and (one.kind, one.unit) == ("organisation", CITY))
    found = next((one for one in ours if same_organisation(one.fields, value)), None)
    gaps = {key: one for key, one in value.items() if found is None or empty(found.fields.get(key))}
    if found is None or gaps or any(unit not in (found.facts.get("shared") or {}) for unit in told):
        found = _entry(work, KINDS["organisation"], found, gaps, told, {})
    return found.id
