"""The libraries of the platform's module list, as the laptop holds them: what each is, whose it is, and how to fill it.

Module list: the pilot-platform opinions name seven, the three-year plan adds the demand library; the pilot column has
five parts. "Work" holds what a liaison writes besides. Everything here is read from the local store. No Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desktop import shapes
from sync.domain.kinds import KINDS
from sync.records import Row
from sync.reports.sources import IN_SERVICE
from sync.workspace import Workspace

AT_ONCE = 2_000
Said = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a library: another kind, or a value of a field."""

    words: Said
    kinds: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field -> what it must be
    new: str = ""


@dataclass(frozen=True, slots=True)
class Library:
    """``about`` says what stands there and where it comes from; ``new`` are the kinds a liaison may add."""

    words: Said
    about: Said
    kinds: tuple[str, ...]
    new: tuple[str, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    own: bool = False  # only what this unit wrote


def _pilot(value: str, en: str) -> Part:
    return Part((value, en), ("pilot_resource",), {"kind": (value,)}, "pilot_resource")


LIBRARIES: dict[str, Library] = {
    "finds": Library(
        ("成果发现库", "Achievement library"),
        ("本单位发现并登记的成果；受理后有平台编号，同步时更新。",
         "Achievements your unit found and registered; numbered once the platform takes them."),
        ("achievement",), ("achievement",), own=True),
    "demands": Library(
        ("技术需求库", "Demand library"),
        ("本单位挖掘的企业真实技术需求，附签字盖章的需求书。",
         "Real technology demands your unit found, each with a signed and stamped letter."),
        ("demand",), ("demand",), own=True),
    "service": Library(
        ("服务库", "Service library"),
        ("中心择优选入的成果和需求，由责任人全程服务。由平台评价后进入，本机不能直接加。",
         "Items the centre selected, each served by a named person. The platform puts them here."),
        ("achievement", "demand"), ("service_log",)),
    "brokers": Library(
        ("技术经纪人库", "Brokers"),
        ("持中、高级证书的技术经纪（理）人。你可以推荐，中心核验后入库。",
         "Technology brokers with middle or senior certificates. You nominate, the centre admits."),
        ("broker",), ("broker",)),
    "requests": Library(
        ("企业诉求窗口", "Requests"),
        ("企业提出的技术、成果、人才等诉求。走访时可代录，中心匹配后答复。",
         "What companies ask for. Enter it on a visit; the centre matches and answers."),
        ("request",), ("request",)),
    "cases": Library(
        ("成果案例展示", "Showcase"),
        ("已核定的落地事项和同意公开的成果，走访时可以给企业看。由平台核定后出现。",
         "Verified landings and achievements that may be shown. They appear once the platform verified them."),
        ("landing", "achievement")),
    "pilot": Library(
        ("中试专栏", "Pilot scale"),
        ("中试解决方案、需求、平台、设备和代工厂。走访时见到的可以登记，平台目录随同步更新。",
         "Pilot solutions, needs, platforms, equipment and contract makers. Register what you see on visits."),
        ("pilot_platform", "pilot_resource"), ("pilot_platform", "pilot_resource"),
        {"solutions": _pilot("中试解决方案", "Solutions"), "needs": _pilot("中试需求", "Needs"),
         "platforms": Part(("中试平台", "Platforms"), ("pilot_platform",), new="pilot_platform"),
         "equipment": _pilot("中试设备", "Equipment"), "makers": _pilot("中试代工厂", "Contract makers")}),
    "policy": Library(
        ("政策资讯", "Policy"),
        ("平台发来的政策、标准、任务和通报，断网也能查。", "Policies, standards, tasks and bulletins the platform sent; searchable offline."),
        ("notice",), (),
        {"policy": Part(("政策和标准", "Policy and standards"), ("notice",), {"kind": ("政策", "标准")}),
         "notices": Part(("通知", "Notices"), ("notice",), {"kind": ("通报", "任务", "会议", "名单")})}),
    "work": Library(
        ("工作记录", "Work"),
        ("服务记录、活动、堵点和台账行；月度和季度报表由它们填好。",
         "Service logs, events, blockers and ledger rows; monthly and quarterly reports are filled from them."),
        ("service_log", "event", "blocker", "ledger_row"), ("service_log", "event", "blocker", "ledger_row"),
        {kind: Part((KINDS[kind].label, KINDS[kind].en), (kind,), new=kind) for kind in ("service_log", "event", "blocker", "ledger_row")}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """What a library holds for a question: rows, how many in all libraries, and when the platform last spoke."""

    key: str
    part: str
    words: str
    rows: list[Row]
    cut: bool  # there are more than were read
    counts: dict[str, int]
    as_of: str  # instant; empty: never


def read_library(workspace: Workspace, key: str, part: str, words: str) -> Held:
    """Rows of a library (or a part of it) that hold ``words``; runs beside the window."""
    library = LIBRARIES[key]
    chosen = library.parts.get(part)
    kinds = chosen.kinds if chosen is not None else library.kinds
    listing = workspace.rows(kinds, search=words, mine=library.own, limit=AT_ONCE)
    rows = [row for row in listing.rows if belongs(key, part, row)]
    spoken = (workspace.feed.facts("counted") or {}).get("as_of")
    rounds = [one for one in workspace.rounds(20) if not one.error]
    as_of = str(rounds[0].server_time or rounds[0].started_at) if rounds else str(spoken or "")
    return Held(key, part, words, rows, listing.total > AT_ONCE, _counts(workspace), as_of)


def told(one: Held, name: str, lang: str = "zh") -> dict[str, Any]:
    """The libraries with how much stands in each and when the platform last spoke; with a ``name``, its rows too."""
    at = lang == "en"
    body: dict[str, Any] = {
        "as_of": one.as_of or None,
        "libraries": [
            {"name": key, "label": each.words[at], "about": each.about[at], "count": one.counts[key],
             "parts": {part: said.words[at] for part, said in each.parts.items()}}
            for key, each in LIBRARIES.items()
        ],
    }  # fmt: skip
    return body | {"name": name, "part": one.part or None, "cut": one.cut, "rows": [shapes.row(each) for each in one.rows]} if name else body


def belongs(key: str, part: str, row: Row) -> bool:
    """Whether a row of the right kind stands in a library."""
    if key == "service":
        return row.stage in IN_SERVICE
    if key == "cases":
        taken = row.workflow in ("accepted", "amending")
        open_to_all = row.fields.get("disclosure") == "公开" and row.fields.get("catalogue_ok") is not False
        return taken and (row.kind == "landing" or open_to_all)
    chosen = LIBRARIES[key].parts.get(part)
    return chosen is None or all(row.fields.get(name) in values for name, values in chosen.values.items())


def _counts(workspace: Workspace) -> dict[str, int]:
    """How many stand in each library; those that are a choice of rows are counted one by one."""
    counts = {key: workspace.rows(library.kinds, mine=library.own, limit=1).total for key, library in LIBRARIES.items()}
    taken = workspace.rows(("achievement", "demand", "landing"), workflow="accepted,amending", limit=AT_ONCE).rows
    for key in ("service", "cases"):
        counts[key] = sum(row.kind in LIBRARIES[key].kinds and belongs(key, "", row) for row in taken)
    return counts
