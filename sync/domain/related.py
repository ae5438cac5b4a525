"""What only other records can tell: a landing's route against its subject and company, a pilot platform's host, its papers.

``refs`` are the records behind the reference fields, by field: (kind, fields). The laptop and the platform ask the same.
Must not know the store, the wire or the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync.domain import lists
from sync.domain.fields import Values, empty
from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.problems import Problem
from sync.domain.verdict import in_dongguan

#: class of landing by the beginning of its route; and the kind of record each class is a landing of
CLASSES = {"ENT": "企业类", "PLT": "平台类", "PRJ": "项目类", "DEM": "技术需求"}
_FACTS = {"doc_no": ("文号", "its number"), "issuer": ("出具单位", "who issued it")}
SUBJECTS = {"achievement": ("成果", "an achievement"), "demand": ("技术需求", "a demand")}


def related_problems(
    kind: str, values: Values, refs: Mapping[str, tuple[str, Values]], params: Parameters = DEFAULTS
) -> list[Problem]:
    """Problems of ``values`` with what they refer to."""
    if kind == "landing":
        return [*(_landing(values, *refs["subject"]) if "subject" in refs else ()), *_established(values, refs.get("org"))]
    if kind == "pilot_platform" and "host_org" in refs and not in_dongguan(refs["host_org"][1], params):
        return [Problem("host_org", "HOST_NOT_DG", "block", {"name": refs["host_org"][1].get("name")})]
    return []


def paper_problems(values: Values, papers: Iterable[Values]) -> list[Problem]:
    """Notices and certificates need their number and issuer ("红头文件"), on the paper's own record or on ``values``."""
    found = []
    for paper in papers:
        kind = str(paper.get("kind"))
        for name, beside in zip(("doc_no", "issuer"), lists.NUMBERED.get(kind, ()), strict=False):
            if empty(paper.get(name)) and empty(values.get(beside)):
                (label, label_en), (what, what_en) = lists.EVIDENCE_KINDS[kind], _FACTS[name]
                words = {"label": label, "label_en": label_en, "what": what, "what_en": what_en}
                found.append(Problem(kind, "PAPER_FACT_MISSING", "block", words))
    return found


def _established(values: Values, company: tuple[str, Values] | None) -> list[Problem]:
    """When a company that landed was established: the day of its registration is that of a new one, unless it says other."""
    if not str(values.get("route") or "").startswith("ENT") or company is None:
        return []
    established, event = company[1].get("established_on"), values.get("event_on")
    if values.get("mode") == "新注册":
        differs = established and event and established != event
        return [Problem("event_on", "ESTABLISHED_DIFFERS", "warn", {"established_on": established, "event_on": event})] if differs else []
    label = {"label": "企业的成立日期", "label_en": "When the company was established"}
    return [] if established else [Problem("org", "REQUIRED", "block", label)]


def _landing(values: Values, subject_kind: str, subject: Values) -> list[Problem]:
    """Cooperation is the landing of a demand, all other routes of an achievement; its class is only a sign."""
    made = CLASSES.get(str(values.get("route") or "").split("-")[0])
    if made is None or subject_kind not in SUBJECTS:
        return []
    wanted = "demand" if made == CLASSES["DEM"] else "achievement"
    if subject_kind != wanted:
        (zh, en), (zh_is, en_is) = SUBJECTS[wanted], SUBJECTS[subject_kind]
        words = {"route": values["route"], "wanted": zh, "wanted_en": en, "subject": zh_is, "subject_en": en_is}
        return [Problem("route", "ROUTE_NOT_SUBJECT", "block", words)]
    category = subject.get("category")
    if wanted == "achievement" and category and category != made:
        return [Problem("route", "ROUTE_OTHER_CLASS", "hint", {"category": category, "made": made})]
    return []
