"""``liaison demo``: a liaison's whole journey against a real platform on this machine.

With a display it prepares a practice profile and opens the window on it. Without one, or with ``--headless``, it
walks the journey through the same operations and the real windows, and leaves pictures and ``journey.json``:
offline work, an import, sync, review, correction, a conflict, a landing, and the quota at the end. Each step says
whether it held; the exit status is 1 if one did not.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from desktop import assets, credentials, operations, transfer
from desktop.practice import PASSPHRASE, Practice
from desktop.settings import PRACTICE, Settings
from desktop.stage import Stage
from sync import errors
from sync.records import Identity, RoundReport
from sync.workspace import Workspace, today

TOWN, INSTITUTE = "441900115", "INS-DGUT"  # 清溪镇, 东莞理工学院
LETTERS = ("demand-letter-photo.jpg", "demand-letter.pdf")


def run(*, headless: bool, out: Path, lang: str, as_json: bool) -> int:
    """Run the demo; the exit status."""
    out = out.resolve()
    walk = headless or not has_display()
    try:
        practice = Practice(out / "practice")
    except errors.NoPractice:  # installed without the server
        if walk:
            raise
        return _open_alone(out / "practice", lang)
    practice.start()
    try:
        if walk:
            return _walk(practice, out, lang, as_json)
        return _open(practice, lang)
    finally:
        practice.stop()


def has_display() -> bool:
    """Whether a window can be seen on this machine."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _walk(practice: Practice, out: Path, lang: str, as_json: bool) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    pictures = out / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.png"):
        old.unlink()
    journey = Journey(practice, Stage(pictures, lang))
    try:
        journey.walk()
    finally:
        journey.close()
    body = {"steps": journey.steps, "pictures": [str(one.relative_to(out)) for one in journey.stage.taken], "quota": journey.quota}
    (out / "journey.json").write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", "utf-8")
    failed = [one["name"] for one in journey.steps if not one["ok"]]
    if as_json:
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{len(journey.steps) - len(failed)}/{len(journey.steps)} 步通过；图片与 journey.json 在 {out}\n")
    return 1 if failed else 0


def _open(practice: Practice, lang: str) -> int:
    """A practice profile with something on every page, and the window on it."""
    from desktop.app import run as open_window

    practice.enrol("institute", INSTITUTE, "周思远").close()
    workspace = practice.enrol("town", TOWN, "李敏")
    try:
        workspace.remember(PRACTICE, True)
        ids = fill(workspace)
        workspace.submit(ids[:3])
        operations.sync_now(workspace)
        practice.admin("review", ids[1], "accept")
        practice.admin("review", ids[2], "return", "--code", "LETTER_STALE", "--remark", "problem=请写明现有工艺和漏检率")
        operations.sync_now(workspace)
        transfer.bring_in(workspace, "demand", assets.resource("practice", "ledger.xlsx"))
    finally:
        workspace.close()
    os.environ[credentials.PASSPHRASE] = PASSPHRASE
    return open_window(practice.folder / "town", lang)


def _open_alone(folder: Path, lang: str) -> int:
    """The same without a platform: what is submitted waits, and nothing is ever reviewed."""
    from desktop.app import run as open_window

    os.environ[credentials.PASSPHRASE] = PASSPHRASE
    return open_window(alone(folder), lang)


def alone(folder: Path) -> Path:
    """A practice profile below ``folder`` (wiped) that belongs to no platform; its path."""
    if folder.exists():
        shutil.rmtree(folder)
    profile = folder / "town"
    workspace = Workspace(profile, credentials.create(profile, PASSPHRASE))
    try:
        workspace.enrolled(Identity(TOWN, "清溪镇", "town", "practice", "李敏", "practice", "http://127.0.0.1:9"), {})
        workspace.remember(PRACTICE, True)
        Settings(workspace).set("sync.minutes", 0)
        ids = fill(workspace)
        workspace.submit(ids[:2])
        transfer.bring_in(workspace, "demand", assets.resource("practice", "ledger.xlsx"))
    finally:
        workspace.close()
    return profile


def fill(workspace: Workspace) -> list[str]:
    """A first day's work: a visit, an achievement, a demand with its letter, one the rules block; the ids."""
    papers = {one["file"]: one for one in _papers()}
    good, poor = papers[LETTERS[0]], papers[LETTERS[1]]
    company = _company(good)
    visit = workspace.add("visit", [_visit(company)])[0]
    achievement = workspace.add("achievement", [_achievement(company)])[0]
    demand = workspace.add("demand", [{**_demand(good), "visit_id": visit}])[0]
    blocked = workspace.add("demand", [{**_demand(poor), "budget_fen": 9_999_999}])[0]
    workspace.attach(visit, assets.resource("practice", "visit-record-photo.jpg"), "visit_photo")
    attach_letter(workspace, demand, good)
    return [visit, achievement, demand, blocked]


class Journey:
    """The walk, step by step; ``steps`` hold {"name", "ok", "detail"}."""

    def __init__(self, practice: Practice, stage: Stage) -> None:
        """``practice`` is serving."""
        self.practice, self.stage = practice, stage
        self.steps: list[dict[str, Any]] = []
        self.quota: dict[str, Any] = {}
        self._open: list[Workspace] = []

    def close(self) -> None:
        """Close windows and profiles."""
        self.stage.close()
        for workspace in self._open:
            workspace.close()

    def step(self, name: str, ok: bool, detail: Any = "") -> None:
        """Note a step and say it."""
        self.steps.append({"name": name, "ok": bool(ok), "detail": detail if isinstance(detail, (dict, list, int)) else str(detail)})
        sys.stderr.write(f"{'好' if ok else '不对'}  {name}  {detail}\n")

    def enrol(self, name: str, unit: str, person: str) -> Workspace:
        """A laptop that is closed at the end."""
        workspace = self.practice.enrol(name, unit, person)
        self._open.append(workspace)
        return workspace

    def walk(self) -> None:
        """The whole journey."""
        practice = self.practice
        self.step("练习平台已启动，单位与任务已载入", practice.units >= 69, practice.units)
        town = self.enrol("town", TOWN, "李敏")
        second = self.enrol("town-2", TOWN, "陈志强")
        institute = self.enrol("institute", INSTITUTE, "周思远")
        self.step("镇街联络员与院所联络员已登记", town.required().unit == TOWN and institute.required().unit == INSTITUTE)
        practice.stop()
        ids = self._offline(town)
        practice.start()
        self._first_sync(town, ids)
        self._review(town, ids)
        self._conflict(town, second, ids[2])
        self._landing(town, ids[2])
        self._waiting(town)
        self._institute(institute)
        self._end(town, second)

    def _offline(self, town: Workspace) -> list[str]:
        try:
            operations.sync_now(town)
            self.step("断网时如实说明", False)
        except errors.Temporary as offline:
            self.step("断网时如实说明", True, offline.message())
        ids = fill(town)
        self.step("断网登记：走访、成果、需求和盖章需求书", len(ids) == 4, {"records": town.pending().records, "files": town.pending().files})
        said = town.check(ids[3])
        self.step("预算 99,999.99 元的需求被规则拦下", "BUDGET_BELOW_MIN" in said.codes, said.codes)
        imported = transfer.bring_in(town, "demand", assets.resource("practice", "ledger.xlsx"))
        self.step("旧台账导入，坏行逐条列出", imported["added"] > 5 and len(imported["problems"]) >= 5,
                  {"added": imported["added"], "problems": len(imported["problems"])})  # fmt: skip
        self.stage.page(town, "01-offline-home", "home")
        self.stage.page(town, "02-offline-editor", "editor", id=ids[2])
        self.stage.page(town, "03-blocked-editor", "editor", id=ids[3], field="budget_fen")
        outcomes = town.submit([ids[0], ids[1], ids[2], ids[3]])
        self.step("三条进入待同步，不合规的一条留下", [one.workflow for one in outcomes] == ["queued"] * 3 + ["draft"],
                  [one.workflow for one in outcomes])  # fmt: skip
        self.stage.page(town, "04-offline-sync", "sync")
        return ids

    def _first_sync(self, town: Workspace, ids: Sequence[str]) -> None:
        report = operations.sync_now(town)
        self.step("联网后一轮同步，扫描件到齐", report.uploaded_files == 2 and town.pending().files == 0, _short(report))
        states = [town.get(one).workflow for one in ids[:3]]
        self.step("平台已收到", states == ["submitted"] * 3, states)
        self.step("没有新内容时只问一次", operations.sync_now(town).requests == 1)
        self.stage.page(town, "05-synced", "sync")
        self.stage.page(town, "06-records", "records")

    def _review(self, town: Workspace, ids: Sequence[str]) -> None:
        admin = self.practice.admin
        number = admin("review", ids[1], "accept")["number"]
        admin("review", ids[2], "return", "--code", "LETTER_STALE", "--remark", "problem=请写明现有工艺和漏检率")
        operations.sync_now(town)
        remarks = town.get(ids[2]).facts.get("remarks") or [{}]
        self.step("中心受理一条，编号", bool(number), number)
        self.step("中心退回一条，意见落在字段上", town.get(ids[2]).workflow == "returned" and remarks[0].get("field") == "problem", remarks)
        self.stage.page(town, "07-returned-detail", "detail", id=ids[2])
        left = town.edit(ids[2], {"problem": "现有工艺靠人工抽检，漏检率约 3%，铸件表面涂层易剥落，需要提高附着力。"})
        again = town.submit([ids[2]])[0]
        self.step("补正后再次提交", again.workflow == "queued" and not any(one.severity == "block" for one in left), again.workflow)
        operations.sync_now(town)
        self.step("平台再次收到，首次收到时间不变", town.get(ids[2]).workflow == "submitted")

    def _conflict(self, town: Workspace, second: Workspace, demand: str) -> None:
        operations.sync_now(second)
        second.edit(demand, {"goal": "涂层寿命提高一倍", "indicators": "膜厚均匀性不超过 ±3%"})
        town.edit(demand, {"keywords": ["压铸模具", "纳米涂层"], "indicators": "膜厚均匀性不超过 ±5%，附着力 HF1 级"})
        for one in (second, town, second):
            operations.sync_now(one)
        found = town.conflicts()
        self.step("两边都改的字段成为冲突，别的自动合并",
                  [one.field for one in found] == ["indicators"] and town.get(demand).fields.get("goal") == "涂层寿命提高一倍",
                  [one.field for one in found])  # fmt: skip
        self.stage.page(town, "08-conflict", "conflicts", id=demand)
        town.resolve(demand, "indicators", "mine")
        for one in (town, second, town, second):
            operations.sync_now(one)
        same = town.get(demand).fields == second.get(demand).fields
        self.step("选定之后两台电脑一致", same and not town.conflicts() and not second.conflicts())
        number = self.practice.admin("review", demand, "accept")["number"]
        operations.sync_now(town)
        self.step("需求受理并计入", town.get(demand).workflow == "accepted", number)

    def _landing(self, town: Workspace, demand: str) -> None:
        papers = {one["file"]: one for one in _papers()}
        company = town.get(demand).fields["org"]
        seller = _company(papers["contract.pdf"])
        day = (today() - timedelta(days=20)).isoformat()
        landing = town.add("landing", [{
            "title": "压铸模具纳米涂层委托开发", "subject": demand, "route": "DEM", "place": TOWN, "contract_title": "技术开发（委托）合同",
            "contract_kind": "委托开发", "buyer": company, "seller": seller, "contract_fen": 68_000_000, "signed_on": day,
            "payments": [{"paid_on": day, "amount_fen": 9_500_000, "payer": town.get(company).fields["name"], "payee": seller["name"]}],
        }])[0]  # fmt: skip
        refused = town.submit([landing])[0]
        self.step("缺证明的落地申报列出所缺", refused.workflow == "draft" and bool(town.check(landing).missing), town.check(landing).missing)
        town.attach(landing, assets.resource("practice", "contract.pdf"), "tech_contract")
        town.attach(landing, assets.resource("practice", "payment-slip.jpg"), "payment_proof")
        sent = town.submit([landing])[0]
        self.step("证明齐全后申报落地", sent.workflow == "queued", [one.code for one in sent.problems])
        operations.sync_now(town)
        self.practice.admin("review", landing, "accept")
        operations.sync_now(town)
        counted = town.get(landing).facts.get("counted") or {}
        self.step("落地核定并计入", town.get(landing).workflow == "accepted" and counted.get("credit") == 1, counted)

    def _waiting(self, town: Workspace) -> None:
        """One more that the centre has not looked at, and one it has sent back: both stand on the quota page at the end."""
        company = town.organisations("")[0].id
        titles = ("铝合金压铸脱模剂定量喷涂装置", "压铸模具随形冷却水路设计方法")
        waiting, returned = town.add("achievement", [{**_achievement({}), "owner_org": company, "title": one} for one in titles])
        town.submit([waiting, returned])
        operations.sync_now(town)
        self.practice.admin("review", returned, "return", "--remark", "intro=请写明在哪家企业、哪条产线试用过")
        operations.sync_now(town)
        states = [town.get(one).workflow for one in (waiting, returned)]
        self.step("再报两条：一条待审核，一条退回待补正", states == ["submitted", "returned"], states)

    def _institute(self, institute: Workspace) -> None:
        one = {**_achievement({
            "name": "东莞理工学院", "uscc": "12441900MF0000013N", "org_kind": "高校", "division": "441900401",
            "contact_name": "周思远", "contact_phone": "0769-22861122",
        }), "title": "固态电解质薄膜连续制备工艺", "high_quality": True, "source_channel": "院所上报"}  # fmt: skip
        achievement = institute.add("achievement", [one])[0]
        institute.attach(achievement, assets.resource("practice", "demand-letter-grey.jpg"), "acceptance_report", {"doc_on": "2026-05-20"})
        sent = institute.submit([achievement])[0]
        operations.sync_now(institute)
        self.practice.admin("review", achievement, "accept")
        operations.sync_now(institute)
        found = institute.quota(today().year)["discovery"]
        self.step("院所成果凭证明计入本单位", found["counted"] == 1, {"sent": sent.workflow, "counted": found["counted"]})
        self.stage.page(institute, "09-institute-home", "home")

    def _end(self, town: Workspace, second: Workspace) -> None:
        self.quota = town.quota(today().year)
        found = self.quota["discovery"]
        why = {one["id"]: one["codes"] for one in found["not_counted"]}
        shown = (found["counted"], found["in_review"], found["returned"])
        self.step("进度：已计入、审核中、已退回、未提交，各有原因",
                  shown == (2, 1, 1) and found["unsent"] > 0 and all(why.values()) and self.quota["landing"]["counted"] == 1,
                  {key: found[key] for key in ("target", "counted", "in_review", "returned", "unsent")})  # fmt: skip
        self.stage.page(town, "10-home", "home")
        self.stage.page(town, "11-home-dark", "home", dark=True)
        self.stage.page(town, "12-records-small", "records", size=(1280, 720))
        for number, page in enumerate(("todo", "visits", "reports", "help"), 13):
            self.stage.page(town, f"{number}-{page}", page)
        operations.sync_now(second)
        mine = {one["id"]: one["fields"] for one in town.dump()}
        theirs = {one["id"]: one["fields"] for one in self.practice.dump() if one["id"] in mine}
        self.step("两边的记录逐条一致", mine == theirs, len(mine))
        checks = (self.practice.admin("verify")["ok"], operations.verify(town)["ok"], operations.verify(second)["ok"])
        self.step("平台与电脑都核对完好", all(checks), list(checks))


def attach_letter(workspace: Workspace, demand: str, paper: dict[str, Any]) -> None:
    """Attach a practice letter with what a person reads off it."""
    workspace.attach(demand, assets.resource("practice", paper["file"]), "demand_letter", {
        "doc_on": paper["date"], "signed": paper["signed"], "stamped": paper["stamped"], "seal_kind": "公章",
        "seal_name": paper["seal_name"], "original_seen": True,
    })  # fmt: skip


def _papers() -> list[dict[str, Any]]:
    papers: list[dict[str, Any]] = json.loads(assets.resource("practice", "papers.json").read_text("utf-8"))["papers"]
    return papers


def _company(paper: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": paper["company"], "uscc": paper["uscc"], "org_kind": "企业",
        "division": transfer.places().get(paper["town"], TOWN), "contact_name": paper["contact"], "contact_phone": paper["phone"],
    }  # fmt: skip


def _visit(company: dict[str, Any]) -> dict[str, Any]:
    day = (today() - timedelta(days=3)).isoformat()
    return {
        "org": company, "place": "清溪镇科技工业园二楼会议室", "started_at": f"{day}T01:30:00Z", "ended_at": f"{day}T03:10:00Z",
        "visitors": ["李敏"], "met": [company["contact_name"]], "purpose": "挖掘需求", "next_step": "约定回访技术总监",
        "minutes": "企业压铸模具表面涂层寿命不足，愿意委托研发，已约定签署技术合作需求书。",
        "due_on": (today() + timedelta(days=2)).isoformat(),
    }  # fmt: skip


def _achievement(owner: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": "高光压铸模具原位检测装置", "owner_org": owner, "category": "项目类", "source_channel": "属地企业", "fund_source": "自筹",
        "intro": "用于压铸模具表面缺陷的在线检测，已在两条产线试用。", "tech_field": "先进制造", "industry_dg": "高端装备", "stage": "中期",
        "transfer_modes": ["合作", "许可"], "found_on": (today() - timedelta(days=12)).isoformat(), "secrecy": "非密", "trl": 6,
    }  # fmt: skip


def _demand(paper: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": paper["title"], "org": _company(paper), "problem": "压铸模具表面涂层易剥落，寿命不足。",
        "indicators": "膜厚均匀性不超过 ±5%", "budget_fen": paper["budget_yuan"] * 100, "solve_mode": "委托研发",
        "tech_field": "新材料", "industry_dg": "新材料", "industry": "C35", "letter_signed_on": paper["date"],
        "letter_signatory": paper["contact"], "found_on": paper["date"],
    }  # fmt: skip


def _short(report: RoundReport) -> dict[str, Any]:
    keys = ("pulled", "pushed", "uploaded_files", "uploaded_bytes", "requests", "seconds")
    return {key: getattr(report, key) for key in keys}


