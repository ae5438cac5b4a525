"""What only the records a record refers to can tell: a landing's route against its subject, a pilot platform's host.

``refs`` are the records behind the reference fields, by field: (kind, fields). The laptop and the platform ask the same.
Must not know the store, the wire or the clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.domain.fields import Values
from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.problems import Problem
from sync.domain.verdict import in_dongguan

#: class of landing by the beginning of its route; and the kind of record each class is a landing of
CLASSES = {"ENT": "企业类", "PLT": "平台类", "PRJ": "项目类", "DEM": "技术需求"}
SUBJECTS = {"achievement": ("成果", "an achievement"), "demand": ("技术需求", "a demand")}


def related_problems(
    kind: str, values: Values, refs: Mapping[str, tuple[str, Values]], params: Parameters = DEFAULTS
) -> list[Problem]:
    """Problems of ``values`` with what they refer to."""
    if kind == "landing" and "subject" in refs:
        return _landing(values, *refs["subject"])
    if kind == "pilot_platform" and "host_org" in refs and not in_dongguan(refs["host_org"][1], params):
        return [Problem("host_org", "HOST_NOT_DG", "block", {"name": refs["host_org"][1].get("name")})]
    return []


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
