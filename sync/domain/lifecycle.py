"""Life cycles: the states of every record and who may move them (DOMAIN section 5, taken over row by row).

``workflow`` is the paper path of every record a liaison writes; the other machines are business stages, moved
mostly by the platform. A move names who makes it: liaison, sync (the platform on receipt), centre, bureau, …;
"liaison or platform" means either. The client offers only moves a liaison makes; the server enforces all.
This module must not know the store, the wire or the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed transition; ``when`` is the condition in words."""

    source: str
    target: str
    by: str
    when: str


@dataclass(frozen=True, slots=True)
class Machine:
    """States with their (Chinese, English) names, the first state and the allowed moves."""

    name: str
    initial: str
    states: Mapping[str, tuple[str, str]]
    moves: tuple[Move, ...]

    def move(self, source: str, target: str) -> Move | None:
        """The move from ``source`` to ``target``, or None where there is none."""
        return next((m for m in self.moves if m.source == source and m.target == target), None)

    def allows(self, source: str, target: str, role: str) -> bool:
        """Whether ``role`` (liaison, centre, bureau, sync, …) may make that move."""
        move = self.move(source, target)
        return move is not None and role in ROLES_OF.get(move.by, (move.by,))

    def offers(self, source: str, role: str) -> list[str]:
        """The states ``role`` can move to from ``source``."""
        return [m.target for m in self.moves if m.source == source and role in ROLES_OF.get(m.by, (m.by,))]

    def told(self, **states: str | None) -> dict[str, str]:
        """What states are called, for a sentence: each under its own name, in English with ``_en`` behind it."""
        named = {name: self.states.get(state or "", (state or "—",) * 2) for name, state in states.items()}
        return {f"{name}{mark}": said[place] for name, said in named.items() for place, mark in enumerate(("", "_en"))}


#: Who stands behind the words of a move. What an outside party does is entered by the liaison or the centre.
ROLES_OF: dict[str, tuple[str, ...]] = {
    "liaison or platform": ("liaison", "sync", "centre", "bureau"),
    "centre or bureau": ("centre", "bureau"),
    "centre or liaison": ("centre", "liaison"),
    "liaison asks, centre confirms": ("centre",),
    "host unit": ("liaison",),
    "owner": ("liaison",),
    "owner, bureau confirms": ("bureau",),
    "province or nation": ("bureau",),
    "broker or centre": ("centre",),
    "company or liaison": ("liaison", "centre"),
    "company": ("centre", "liaison"),
    "department": ("centre", "bureau"),
    "bureau": ("bureau", "centre"),
    "centre": ("centre",),
}


def _moves(*rows: str) -> tuple[Move, ...]:
    """Rows "from,from > to|to ; by ; when" as single moves."""
    moves = []
    for row in rows:
        path, by, when = (part.strip() for part in row.split(";"))
        sources, targets = (side.strip() for side in path.split(">"))
        moves += [Move(s, t, by, when) for s in sources.split(",") for t in targets.split("|")]
    return tuple(moves)


WORKFLOW = Machine(
    "workflow", "draft",
    {
        "draft": ("草稿", "draft"),
        "queued": ("待同步", "waiting to sync"),
        "submitted": ("已提交", "submitted"),
        "returned": ("退回补正", "returned"),
        "accepted": ("已受理", "accepted"),
        "amending": ("变更待审", "change under review"),
        "merged": ("判重合并", "merged as duplicate"),
        "rejected": ("不予受理", "rejected"),
        "withdrawn": ("已撤回", "withdrawn"),
        "revoked": ("已撤销", "revoked"),
        "deleted": ("已删除", "deleted"),
    },
    _moves(
        "draft > queued ; liaison ; all submit fields and checks pass, works offline",
        "queued > draft ; liaison ; taken back before it was sent",
        "queued > submitted ; sync ; platform stored record and every required file",
        "submitted > accepted|returned|rejected|merged ; centre ; after check, reason code and text with the last three",
        "returned > queued ; liaison ; corrected, keeps first received_at",
        "submitted,returned > withdrawn ; liaison ; reason given",
        "accepted > amending ; liaison ; change request: new rev waits, old rev stays in force and counted",
        "amending > accepted ; centre ; change taken or refused",
        "accepted > revoked ; centre ; false or repeated, count falls in its own year",
        "merged > accepted ; centre ; merge undone after a dispute",
        "draft > deleted ; liaison ; local only, never sent",
    ),
)  # fmt: skip

ACHIEVEMENT = Machine(
    "achievement", "registered",
    {
        "registered": ("已登记入发现库", "registered"),
        "evaluating": ("评价中", "evaluating"),
        "not_selected": ("暂未入选", "not selected"),
        "in_service": ("入服务库", "in service"),
        "assigned": ("已落实包干", "assigned"),
        "advancing": ("落地推进中", "advancing"),
        "stalled": ("久推不动", "stalled"),
        "landed": ("已落地", "landed"),
        "exited": ("出库", "exited"),
    },
    _moves(
        "registered > evaluating ; centre ; batch opened (分批)",
        "registered > in_service ; centre ; written recommendation, evaluation waived",
        "evaluating > in_service|not_selected ; centre ; 3有 and three scores",
        "not_selected > evaluating ; centre ; next yearly round",
        "in_service > assigned ; centre ; responsible unit and person named",
        "assigned > advancing ; liaison ; first service log",
        "advancing,assigned > stalled ; liaison or platform ; no progress for 90 days (data) or blocker flagged",
        "stalled > advancing ; centre or bureau ; after escalation",
        "advancing,assigned,in_service,registered,not_selected > landed ; centre ; a landing claim is verified",
        "landed > advancing ; centre ; landing revoked",
        "in_service,assigned,advancing,stalled > exited ; centre ; reason given",
        "exited > evaluating ; centre ; new round",
    ),
)  # fmt: skip

DEMAND = Machine(
    "demand", "registered",
    {
        "registered": ("已登记真实需求", "registered"),
        "screening": ("筛选中", "screening"),
        "not_selected": ("暂未入选", "not selected"),
        "in_service": ("入服务库", "in service"),
        "matching": ("匹配中", "matching"),
        "matched": ("达成意向", "matched"),
        "contracted": ("已签合同", "contracted"),
        "fulfilled": ("已促成", "fulfilled"),
        "stalled": ("久推不动", "stalled"),
        "closed": ("已关闭", "closed"),
    },
    _moves(
        "registered > screening ; centre ; batch opened",
        "registered > in_service ; centre ; recommended by institute or chain leader",
        "screening > in_service|not_selected ; centre ; 评价或筛选",
        "not_selected > screening ; centre ; next round",
        "registered,in_service,not_selected > matching ; centre or liaison ; solver search started",
        "matching > matched ; liaison ; both sides confirm intention",
        "matched > contracted ; liaison ; contract scan added",
        "contracted > fulfilled ; centre ; contract and payment proof verified (landing DEM)",
        "matching,matched,contracted > stalled ; liaison or platform ; 90 days without progress (data)",
        "stalled > matching ; centre or bureau ; after escalation",
        "fulfilled > contracted ; centre ; landing revoked",
        "registered,screening,not_selected,in_service,matching,matched,contracted,stalled > closed ; liaison asks, centre confirms ; withdrawn by company, expired, solved elsewhere",
    ),
)  # fmt: skip

LANDING = Machine(
    "landing", "preparing",
    {
        "preparing": ("准备材料", "preparing"),
        "claimed": ("待核定", "claimed"),
        "returned": ("退回补证", "returned"),
        "verified": ("已核定", "verified"),
        "not_met": ("不符合标准", "not met"),
        "revoked": ("已撤销", "revoked"),
        "notified": ("已通报", "notified"),
    },
    _moves(
        "preparing > claimed ; liaison ; check list of the route complete",
        "claimed > verified|returned|not_met ; centre ; proofs checked",
        "returned > claimed ; liaison ; proofs added",
        "not_met > preparing ; liaison ; another route or new facts",
        "verified > notified ; bureau ; annual notification issued",
        "verified,notified > revoked ; centre ; contract dissolved, proof false, repeated",
    ),
)  # fmt: skip

EVENT = Machine(
    "event", "planned",
    {
        "planned": ("计划", "planned"),
        "published": ("已发布", "published"),
        "held": ("已举办", "held"),
        "confirmed": ("已确认", "confirmed"),
        "cancelled": ("已取消", "cancelled"),
    },
    _moves(
        "planned > published ; host unit ; date and place set",
        "published > held ; host unit ; sign-in list and results recorded",
        "held > confirmed ; centre ; counts to 10/10/12 (kind 对接会 only)",
        "planned,published > cancelled ; host unit ; reason",
        "held > cancelled ; centre ; not really held",
    ),
)  # fmt: skip

VISIT = Machine(
    "visit", "planned",
    {
        "planned": ("计划", "planned"),
        "started": ("进行中", "started"),
        "done": ("已完成", "done"),
        "written": ("纪要完成", "written"),
        "cancelled": ("已取消", "cancelled"),
    },
    _moves(
        "planned > started ; liaison ; check-in, offline allowed",
        "started > done ; liaison ; check-out",
        "done > written ; liaison ; minutes and finds recorded, then workflow queued",
        "planned > cancelled ; liaison ; reason",
    ),
)  # fmt: skip

PILOT_PLATFORM = Machine(
    "pilot_platform", "candidate",
    {
        "candidate": ("候选", "candidate"),
        "applied": ("已申报", "applied"),
        "selecting": ("遴选中", "selecting"),
        "in_library": ("已入库", "in library"),
        "supported": ("支持建设", "supported"),
        "operating": ("运行", "operating"),
        "recognised": ("省级或国家级认定", "recognised"),
        "suspended": ("整改", "suspended"),
        "removed": ("移出", "removed"),
        "declined": ("未入选", "declined"),
    },
    _moves(
        "candidate > applied ; owner ; application with proofs",
        "applied > selecting ; bureau ; accepted for selection",
        "selecting > in_library|declined ; bureau ; 遴选",
        "declined > applied ; owner ; next call",
        "in_library > supported ; bureau ; counts to 1/3/5",
        "in_library,supported > operating ; owner, bureau confirms ; services open",
        "operating > recognised ; province or nation ; level changed",
        "in_library,supported,operating,recognised > suspended ; bureau ; assessment failed",
        "suspended > operating|removed ; bureau ; after review",
    ),
)  # fmt: skip

BROKER = Machine(
    "broker", "nominated",
    {
        "nominated": ("已推荐", "nominated"),
        "verifying": ("核验中", "verifying"),
        "admitted": ("在库", "admitted"),
        "suspended": ("暂停", "suspended"),
        "exited": ("退出", "exited"),
        "refused": ("未入库", "refused"),
    },
    _moves(
        "nominated > verifying ; centre ; certificate scan received",
        "verifying > admitted|refused ; centre ; 中级 or 高级, base on list",
        "refused > verifying ; centre ; new certificate",
        "admitted > suspended ; centre ; complaint or yearly assessment (动态退出)",
        "suspended > admitted|exited ; centre ; after review",
        "admitted > exited ; broker or centre ; asked or certificate void",
    ),
)  # fmt: skip

REQUEST = Machine(
    "request", "received",
    {
        "received": ("已受理", "received"),
        "triaged": ("已分派", "triaged"),
        "matching": ("匹配中", "matching"),
        "answered": ("已答复", "answered"),
        "solved": ("已解决", "solved"),
        "unsolved": ("未解决", "unsolved"),
        "converted": ("已转需求", "converted"),
        "cancelled": ("已撤销", "cancelled"),
    },
    _moves(
        "received > triaged ; centre ; kind and handler set",
        "triaged > matching ; centre ; search started",
        "triaged,matching > answered ; centre ; reply sent to company and entering liaison",
        "answered > solved|unsolved ; company or liaison ; company confirms",
        "unsolved > matching ; centre ; second try",
        "triaged,matching,answered,unsolved > converted ; liaison ; signed, stamped letter with budget >= 10万元 -> demand",
        "received,triaged,matching > cancelled ; company ; asked",
    ),
)  # fmt: skip

BLOCKER = Machine(
    "blocker", "open",
    {
        "open": ("待协调", "open"),
        "routed": ("已转办", "routed"),
        "studying": ("专题研究", "studying"),
        "one_case": ("一事一议", "one case"),
        "escalated": ("提级调度", "escalated"),
        "resolved": ("已解决", "resolved"),
        "unresolvable": ("暂无法解决", "unresolvable"),
    },
    _moves(
        "open > routed ; centre ; owner department named",
        "routed > resolved ; department ; answer accepted by liaison",
        "routed > studying ; bureau ; several departments",
        "studying > one_case ; bureau ; land, safety, environment, emergency: city approval asked",
        "open,routed,studying > escalated ; bureau ; 久推不动 or 普遍性制约, city leaders asked",
        "studying,one_case,escalated > resolved|unresolvable ; bureau ; decision recorded",
        "resolved > open ; liaison ; came back within 90 days (data)",
    ),
)  # fmt: skip

MACHINES: dict[str, Machine] = {
    machine.name: machine
    for machine in (WORKFLOW, ACHIEVEMENT, DEMAND, LANDING, EVENT, VISIT, PILOT_PLATFORM, BROKER, REQUEST, BLOCKER)
}

#: Platform words for a landing"s paper path (preparing = draft or queued, claimed = submitted).
LANDING_STAGE = {
    "draft": "preparing", "queued": "preparing", "submitted": "claimed", "returned": "returned", "accepted": "verified",
    "rejected": "not_met", "revoked": "revoked",
}  # fmt: skip

#: States in which a liaison"s edits change the record itself; in ``AMENDED`` they become a change request.
EDITABLE = frozenset({"draft", "queued", "submitted", "returned"})
AMENDED = frozenset({"accepted", "amending"})
CLOSED = frozenset({"merged", "rejected", "withdrawn", "revoked", "deleted"})
