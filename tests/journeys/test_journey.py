"""A liaison, his colleague, another unit and the centre, through the commands alone, with the practice papers.

One story told in order: offline work, an import taken back, refusals, sync, return and correction, a conflict, a
decision, the figures; then the secrets of another unit, a handed-over desk and a rescue.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.bad_platforms import relay, stranger
from tests.support.commands import DALANG, PRACTICE, QINGXI, UNITS, Laptop, Platform, demand, paper

LETTER = paper()
SIGNED = ("--set", "signed=true", "--set", "stamped=true", "--set", "seal_kind=公章", "--set", f"seal_name={LETTER['company']}",
          "--set", f"doc_on={LETTER['date']}")  # fmt: skip


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    made = Platform(tmp_path_factory.mktemp("platform"))
    assert made("init", "--units", UNITS)["units"] == 69
    made.start()
    yield made
    made.stop()


def asked(title: str, **more: Any) -> dict[str, Any]:
    """A demand of 清溪."""
    body = demand(title, **more)
    return {**body, "org": {**body["org"], "division": QINGXI}}


def test_a_liaisons_months(platform: Platform, tmp_path: Path) -> None:
    li, chen, other = (Laptop(tmp_path / name) for name in ("李敏", "陈志强", "大朗"))
    li.enrol(platform, QINGXI, "李敏")
    chen.enrol(platform, QINGXI, "陈志强")
    other.enrol(platform, DALANG, "邻镇")
    platform.stop()

    # no line: everything is done all the same
    assert li.call("sync").status == 5
    good = li("add", "demand", "--file", "-", stdin=asked(LETTER["title"], budget_fen=LETTER["budget_yuan"] * 100))["ids"][0]
    poor = li("add", "demand", "--file", "-", stdin=asked("预算不够的需求", budget_fen=9_999_999))["ids"][0]
    paper_id = li("attach", good, LETTER["path"], "--kind", "demand_letter", *SIGNED)["evidence"][0]
    assert (paper_id["sha256"], paper_id["bytes"], paper_id["pages"]) == (LETTER["sha256"], LETTER["bytes"], 1)
    assert li("check", good)["verdict"] == "count" and "BUDGET_BELOW_MIN" in li("check", poor)["codes"]
    mixed = li("submit", good, poor, status=(3,))["results"]
    assert [one["workflow"] for one in mixed] == ["queued", "draft"] and mixed[1]["problems"]
    batch = li("import", "demand", PRACTICE / "ledger.xlsx")
    assert batch["added"] > 10 and len(batch["problems"]) >= 5
    assert li("import", "demand", PRACTICE / "ledger.xlsx")["added"] == 0, "the same rows again are known"
    assert len(li("undo-import", batch["batch"])["removed"]) == batch["added"]
    assert li("list", "--kind", "demand")["total"] == 2 and li("list", "--kind", "demand", "--search", "gg")["total"] == 1

    # the line is back
    platform.start()
    round_ = li("sync")
    assert round_["pushed"] >= 3 and round_["uploaded_files"] == 1 and round_["pending"]["files"] == round_["pending"]["records"] == 0
    assert li("sync")["requests"] == 1, "a quiet round is one request"
    assert li("show", good)["workflow"] == "submitted" and li("show", good)["server"]["received_at"]
    assert good in platform.call("review", "list").out

    # returned, corrected, sent again
    platform("review", good, "return", "--code", "LETTER_STALE", "--remark", "indicators=请写明检测方法")
    li("sync")
    seen = li("show", good)
    remarks = [(one["field"], one["text"]) for one in seen["server"]["remarks"]]
    assert seen["workflow"] == "returned" and remarks == [("indicators", "请写明检测方法")]
    li("edit", good, "--file", "-", stdin={"indicators": "涂层结合力不低于 70 N（划痕法）"})
    assert li("submit", good)["results"][0]["workflow"] == "queued"
    li("sync")
    chen("sync")

    # both change it: other fields merge, the same field waits for a person, who decides once for both
    chen("edit", good, "--file", "-", stdin={"goal": "寿命六万模次", "problem": "陈：型腔易粘铝"})
    li("edit", good, "--file", "-", stdin={"keywords": ["涂层"], "problem": "李：型腔易热裂"})
    chen("sync", status=(0, 6))
    li("sync", status=(6,))
    assert [one["field"] for one in li("conflicts")["conflicts"]] == ["problem"]
    assert li("show", good)["fields"]["goal"] == "寿命六万模次" and li("show", good)["fields"]["keywords"] == ["涂层"]
    li("resolve", good, "--field", "problem", "--value", "型腔易粘铝、易热裂")
    for laptop in (li, chen, li, chen):
        laptop("sync", status=(0, 6))
    assert not li("conflicts")["conflicts"] and not chen("conflicts")["conflicts"]
    assert li("show", good)["fields"] == chen("show", good)["fields"] and li("show", good)["fields"]["problem"] == "型腔易粘铝、易热裂"
    assert any("陈" in str(one["changes"]) for one in li("show", good)["timeline"]), "what lost stays to be read"

    # accepted, counted once, the same figures everywhere
    number = platform("review", good, "accept")["number"]
    li("sync")
    quota = li("quota", "--year", "2026")["discovery"]
    assert number and li("show", good)["server"]["number"] == number and (quota["counted"], quota["unsent"]) == (1, 1)
    stats = next(one for one in platform("stats", "--year", "2026")["units"] if one["unit"] == QINGXI)
    assert stats["discovery"]["counted"] == 1 and stats["pending"]["records"] == 0
    assert li("verify")["ok"] and platform("verify")["ok"]
    assert li.dump()[good]["fields"] == platform.dump()[good]["fields"]

    # another unit sees nothing of it
    other("sync")
    assert good not in other.dump() and other.call("show", good).status == 3
    assert other.call("rescue", "load", _rescue(li, tmp_path)).status == 3, "a parcel of another unit stays shut"

    # the laptop breaks with unsent work: the parcel brings it to the colleague's, once
    late = li("add", "demand", "--file", "-", stdin=asked("电脑坏掉之前登记的需求"))["ids"][0]
    li("attach", late, PRACTICE / "demand-letter.pdf", "--kind", "demand_letter")
    parcel = _rescue(li, tmp_path)
    assert chen("rescue", "load", parcel)["files"] == 1 and chen("rescue", "load", parcel) == {"records": 0, "files": 0, "bytes": 0}
    sent = chen("sync")
    assert sent["pending"]["files"] == sent["pending"]["records"] == 0
    assert platform.dump()[late]["evidence"] == [paper("demand-letter.pdf")["sha256"]]
    assert li("sync")["pending"]["records"] == 0 and len(platform.dump()) == len(li.dump()), "the same work from two laptops is one"

    # the desk is handed over: the old laptops are closed and keep what they hold, the successor has everything
    code = platform("liaison", "hand-over", "--unit", QINGXI, "--to", "王五")["code"]
    closed = li.call("sync")
    assert (closed.status, closed.code) == (4, "device_closed") and "都在" in closed.message and li("list")["total"] > 0
    wang = Laptop(tmp_path / "王五")
    wang("enrol", "--server", platform.url, "--code", code)
    wang("sync")
    assert wang.dump().keys() == platform.dump().keys()


def _rescue(laptop: Laptop, folder: Path) -> Path:
    laptop("rescue", "save", "--out", folder / "包")
    return folder / "包"


def test_a_code_works_once_for_seven_days_and_bears_ten_wrong_tries(platform: Platform, tmp_path: Path) -> None:
    first, second = Laptop(tmp_path / "一"), Laptop(tmp_path / "二")
    code = platform.code(QINGXI, "赵六")
    first("enrol", "--server", platform.url, "--code", code.lower().replace("-", " "))
    used = second.call("enrol", "--server", platform.url, "--code", code)
    assert (used.status, used.code) == (4, "code_refused") and "已经用过" in used.message
    expired = platform.code(QINGXI, "钱七")
    _in_database(platform, "UPDATE code SET expires_at = '2020-01-01T00:00:00.000000Z' WHERE used_at = ''")
    late = second.call("enrol", "--server", platform.url, "--code", expired)
    assert (late.status, late.code) == (4, "code_refused") and "过期" in late.message
    void = platform.code(QINGXI, "孙八")
    for number in range(10):
        _in_database(platform, "UPDATE attempt SET last = '2020-01-01T00:00:00.000000Z'")  # so that no test waits
        wrong = second.call("enrol", "--server", platform.url, "--code", void[:-1] + "23456789AB".replace(void[-1], "C")[number])
        assert (wrong.status, wrong.code) == (4, "code_refused")
    hasty = second.call("enrol", "--server", platform.url, "--code", void)
    assert (hasty.status, hasty.code) == (4, "code_refused") and "稍后" in hasty.message
    _in_database(platform, "UPDATE attempt SET last = '2020-01-01T00:00:00.000000Z'")
    dead = second.call("enrol", "--server", platform.url, "--code", void)
    assert (dead.status, dead.code) == (4, "code_refused") and "作废" in dead.message
    assert second.call("list").status == 4, "nothing of a refused enrolment counts"
    _in_database(platform, "DELETE FROM attempt")
    second.enrol(platform, QINGXI, "孙八")


def _in_database(platform: Platform, statement: str) -> None:
    """As time would have it."""
    import sqlcipher3.dbapi2 as driver

    connection = driver.connect(str(platform.data / "platform.sqlite"), timeout=20)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_enrolment_whose_answer_was_lost_is_asked_for_again(platform: Platform, tmp_path: Path) -> None:
    laptop, code, cut = Laptop(tmp_path / "家"), platform.code(QINGXI, "周九"), []

    def lost(request: bytes) -> bool:
        first = b" /v1/enrol " in request and not cut
        cut.extend([request] if first else [])
        return first

    with stranger(relay(platform.port, lost)) as line:
        broken = laptop.call("enrol", "--server", line.url, "--code", code)
        assert (broken.status, broken.code) == (5, "offline") and "同一个登记码" in broken.message
        assert laptop("enrol", "--server", line.url, "--code", code)["unit"] == QINGXI
    devices = [one for one in platform("device", "list")["devices"] if one["liaison_name"] == "周九"]
    assert len(devices) == 1, "one laptop is one device"
    assert laptop("enrol", "--server", platform.url, "--code", platform.code(QINGXI, "周九"))["unit"] == QINGXI
    assert laptop("sync")["pending"]["records"] == 0
    elsewhere = laptop.call("enrol", "--server", platform.url, "--code", platform.code(DALANG, "别处"))
    assert (elsewhere.status, elsewhere.code) == (4, "code_refused") and "≠" in elsewhere.message
    assert laptop("sync")["pending"]["records"] == 0, "the profile stays its unit's"


def test_a_lost_laptop_is_erased_when_it_next_asks(platform: Platform, tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "家")
    device = laptop("enrol", "--server", platform.url, "--code", platform.code(QINGXI, "吴十"))["device"]
    made = laptop("add", "demand", "--file", "-", stdin=asked("丢失的电脑上登记的需求"))["ids"][0]
    laptop("attach", made, LETTER["path"], "--kind", "demand_letter")
    laptop("sync")
    platform("device", "revoke", device, "--wipe")
    (laptop.profile / "别人的文件.txt").write_text("不是我们的", "utf-8")
    answer = laptop.call("sync")
    assert (answer.status, answer.code) == (4, "device_wiped")
    assert not list(laptop.home.rglob("*.key"))
    assert [one.name for one in laptop.profile.rglob("*")] == ["别人的文件.txt"], "what is not ours stays"
    assert laptop.call("list").code == "not_enrolled" and made in platform.dump()
    laptop("enrol", "--server", platform.url, "--code", platform.code(QINGXI, "吴十"))
    assert laptop("sync")["pending"]["records"] == 0 and made in laptop.dump()
