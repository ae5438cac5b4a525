"""The year's notification of all units as a sheet (年度通报): what the bureau sends out and hands to the towns' assessment.

The same declared report a unit fills for itself, here with a line for every unit and one for the city; figures are the
official ones. Must not know HTTP or the command line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from sync.domain.values import to_day
from sync.reports import periods, sheets
from sync.reports.catalogue import REPORTS
from sync.reports.declare import Body, Cell, Filled
from sync.reports.fill import seal
from sync.reports.yearly import notification_line
from sync.server.schema import record
from sync.server.service import Service

OFFICE = "东莞市科学技术局"


def write(service: Service, statistics: Mapping[str, Any], out: Path) -> int:
    """Write ``upkeep.statistics`` to ``out`` (.xlsx) and return its rows. Raises what ``sheets.write`` raises."""
    year = int(statistics["year"])
    cases = _cases(service, year)
    rows = [
        notification_line(unit["name"], unit["discovery"], unit["landing"], unit["service"]["counted"], cases.get(unit["unit"]), None)
        for unit in statistics["units"] if unit["discovery"]["target"] is not None or unit["discovery"]["counted"] or unit["landing"]["counted"]
    ]  # fmt: skip
    city = statistics["city"]
    rows.append(notification_line("全市", city["discovery"], city["landing"], None, None, "按项目计，联合发现只计 1 次"))
    report, day = REPORTS["notification"], to_day(service.ledger.clock())
    period = periods.parse("year", str(year))
    made = Filled(
        report=report, period=period, title=f"东莞市{report.title}通报（{period.label()}）", unit=OFFICE, liaison="", as_of=day,
        rows=Body(rows).rows, words="", totals={}, notes="", checks=[],
    )  # fmt: skip
    return sheets.write(out, replace(made, seal=seal(made)))


def _cases(service: Service, year: int) -> dict[str, Cell]:
    """Landings that set an example, by the unit they are credited to."""
    found: dict[str, list[str]] = {}
    chosen = select(record.c.fields, record.c.facts).where(record.c.kind == "landing", record.c.workflow.in_(("accepted", "amending")))
    with service.database.read() as connection:
        for row in connection.execute(chosen.order_by(record.c.received_at)):
            fields, counted = json.loads(row.fields), json.loads(row.facts).get("counted") or {}
            if fields.get("tags") and counted.get("credit") and counted.get("year") == year:
                found.setdefault(str(counted.get("unit")), []).append(str(fields.get("title")))
    return {unit: "、".join(titles) for unit, titles in found.items()}
