"""A city at the command line: a town, its neighbour and an institute with ``liaison``, the centre with ``liaison-server``.

Commands run in this process through the same ``main`` as a person's, with a home, a profile and a day of their own; the
platform serves over loopback with a clock the test sets. Nothing here reaches past the commands' JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl

from tests.plan.conftest import CHANGAN, DGUT, HUMEN, SCAN, Centre, achievement, company, demand
from tests.support.commands import Laptop, within

DAY = "2026-03-20"
LETTER = {"signed": "true", "stamped": "true", "seal_kind": "公章", "signed_by": "王工", "doc_on": "2026-03-10"}


class City:
    """Everybody of the story; shared by all rows of the table, so every record has a title of its own."""

    def __init__(self, centre: Centre) -> None:
        self.serving, self.folder = centre, centre.folder
        self.hands: list[Laptop] = []
        self.number = 0
        self.today(DAY)
        self.town, self.other = self.enrol(CHANGAN, "李敏"), self.enrol(HUMEN, "陈志强")
        self.institute = self.enrol(DGUT, "周思远")
        self.item = self.taken(self.town, "achievement", "高光压铸模具原位检测装置", disclosure="公开", catalogue_ok=True)
        self.need = self.taken(self.town, "demand", "压铸模具纳米涂层")
        self.centre("evaluate", self.item, "--kind", "key", "--recommender", "龙头链主企业", "--report-no", "推荐函 1 号")
        self.town("sync")

    # -- people ----------------------------------------------------------------------------------------------

    def centre(self, *words: Any, status: int = 0) -> Any:
        """``liaison-server WORDS --json``; with a ``status`` other than 0 the failure it ends with."""
        answer = within("server", "--data", self.folder / "platform", *words, "--json", env={"HOME": str(self.folder)})
        assert answer.status == status, f"{words}: {answer.status} {answer.out[:400]} {answer.err[-400:]}"
        return answer.json

    def enrol(self, unit: str, name: str, code: str = "") -> Laptop:
        """A laptop of a liaison, enrolled with a fresh code or the one given."""
        made = Laptop(self.folder / f"home-{len(self.hands)}")
        self.hands.append(made)
        made.env["LIAISON_TODAY"] = self.day
        made("enrol", "--server", self.serving.url, "--code", code or self.centre("liaison", "add", "--unit", unit, "--name", name)["code"])
        return made

    def today(self, day: str) -> None:
        """The platform's clock, and the day of every laptop."""
        self.day = day
        self.serving.day(day)
        for one in self.hands:
            one.env["LIAISON_TODAY"] = day

    # -- what a liaison does ---------------------------------------------------------------------------------

    def title(self, words: str) -> str:
        self.number += 1
        return f"{words}（{self.number}）"

    def draft(self, who: Laptop, what: str, /, **values: Any) -> str:
        """``add WHAT``; the id."""
        return str(who("add", what, "--file", "-", stdin=values)["ids"][0])

    def find(self, who: Laptop, kind: str, title: str, **more: Any) -> str:
        """A find that lacks nothing, with its papers, not submitted yet."""
        unit = who("me")["unit"]
        values = (demand if kind == "demand" else achievement)(title, more.pop("org", None), unit, **more)
        made = self.draft(who, kind, **values)
        if kind == "demand":
            self.paper(who, made, "demand_letter", **LETTER, seal_name=company()["name"])
        if more.get("high_quality"):
            self.paper(who, made, "acceptance_report")
        return made

    def paper(self, who: Laptop, record: str, kind: str, **facts: str) -> None:
        """``attach`` a scan of its own content."""
        self.number += 1
        file = self.folder / f"{kind}-{self.number}.pdf"
        file.write_bytes(SCAN + f"%{kind} {self.number}\n%%EOF\n".encode())
        words = [word for name, value in {"doc_on": "2026-03-10", **facts}.items() for word in ("--set", f"{name}={value}")]
        assert who("attach", record, file, "--kind", kind, *words)["evidence"]

    def send(self, who: Laptop, *records: str) -> None:
        """``submit`` and ``sync``; the rules must have nothing against it."""
        who("submit", *records)
        who("sync")
        for one in records:
            assert who("show", one)["workflow"] == "submitted"

    def made(self, who: Laptop, what: str, /, **values: Any) -> str:
        """A record of a secondary kind, sent; the id."""
        record = self.draft(who, what, **values)
        self.send(who, record)
        return record

    def taken(self, who: Laptop, kind: str, title: str, **more: Any) -> str:
        """A find the centre has accepted."""
        made = self.find(who, kind, title, **more)
        self.send(who, made)
        self.accept(who, made)
        return made

    def log(self, who: Laptop, subject: str, day: str = "2026-03-18", **more: Any) -> str:
        """A service log, sent."""
        return self.made(who, "service_log", subject=subject, done_on=day, mode=more.pop("mode", "走访"),
                         content=more.pop("content", "与企业技术负责人对接，确认中试条件和排期。"), **more)  # fmt: skip

    def claim(self, who: Laptop, subject: str, title: str, **more: Any) -> str:
        """A cooperation that was made, with contract and payment, sent."""
        other = company({"name": "东莞市乙科技有限公司", "uscc": "91441900MA1111111"})
        pay = {"paid_on": "2026-05-10", "amount_fen": 100, "payer": company()["name"], "payee": other["name"], "doc": "1"}
        made = self.draft(who, "landing", title=title, subject=subject, route="DEM", place=CHANGAN, contract_title="技术开发合同",
                          contract_kind="委托开发", buyer=company(), seller=other, contract_fen=20_000_000, signed_on="2026-05-01",
                          payments=[pay], **more)  # fmt: skip
        for kind in ("tech_contract", "payment_proof"):
            self.paper(who, made, kind, doc_on="2026-05-10")
        self.send(who, made)
        return made

    # -- what the centre does, as far as all rows need it ----------------------------------------------------

    def accept(self, who: Laptop, record: str, *stages: str) -> None:
        """``review accept``, then the ``stage`` steps of the centre; told to the laptop."""
        self.centre("review", record, "accept")
        for stage in stages:
            self.centre("stage", record, stage)
        who("sync")

    def notice(self, kind: str, title: str, **more: str) -> None:
        words = [word for name, value in more.items() for word in (f"--{name.replace('_', '-')}", value)]
        self.centre("notice", "add", "--kind", kind, "--title", title, "--unit", CHANGAN, *words)
        self.town("sync")

    def publish(self, kind: str, rows: list[Any], status: int = 0) -> Any:
        file = self.folder / "published.json"
        file.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
        return self.centre("publish", kind, "--file", file, status=status)

    # -- what can be seen ------------------------------------------------------------------------------------

    def seen(self, record: str, who: Laptop | None = None) -> Any:
        """``show``."""
        return (who or self.town)("show", record)

    def titles(self, library: str, *words: str, who: Laptop | None = None) -> set[str]:
        """What a library holds, without a line; its age is told with it."""
        body = (who or self.town)("library", library, *words)
        assert body["as_of"]
        return {row["title"] for row in body["rows"]}

    def todo(self, *what: str, who: Laptop | None = None) -> list[Any]:
        """The lines of ``todo`` of these sorts."""
        return [one for one in (who or self.town)("todo")["todo"] if one["what"] in what]

    def report(self, key: str, who: Laptop | None = None, **options: str) -> list[list[Any]]:
        """The rows of a report, as they stand in the spreadsheet that goes to the office."""
        out = self.folder / f"{key}.xlsx"
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        assert (who or self.town)("report", key, "--out", out, *words)["file"] == str(out)
        sheet = openpyxl.load_workbook(Path(out)).active
        assert sheet is not None
        return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


def holds(rows: list[list[Any]], words: str) -> bool:
    """Whether any cell of a report holds these words."""
    return any(words in str(cell) for row in rows for cell in row)
