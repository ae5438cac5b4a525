"""The database's guards, and small tools the rest stands on."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from sync.messages import GENESIS, link
from sync.server import database, review
from sync.server.database import Database, NewerPlatform, UnsafeSqlite
from sync.server.service import Service
from sync.server.settings import PREFIX, Settings, default_folder
from sync.server.work import append, new_id


def test_a_database_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    made = Database(tmp_path)
    with made.write() as connection:
        made.set(connection, "schema", "99")
    made.close()
    with pytest.raises(NewerPlatform):
        Database(tmp_path)


def test_a_sqlite_with_the_wal_bug_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SAFE_SQLITE", (99, 0, 0))
    with pytest.raises(UnsafeSqlite):
        Database(tmp_path)


def test_every_commit_is_on_the_disk_before_it_is_answered(service: Service) -> None:
    with service.database.read() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
    assert (service.settings.data / database.FILE).stat().st_mode & 0o077 == 0


def test_only_a_note_waits_for_no_disk_and_the_next_commit_does_again(service: Service) -> None:
    said = []
    for lasting in (False, True):
        with service.database.write(lasting=lasting) as connection:
            said.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())
    assert said == [1, 2]


def test_a_transaction_that_fails_leaves_nothing(service: Service) -> None:
    with pytest.raises(RuntimeError), service.database.write() as connection:
        service.database.set(connection, "half", "done")
        raise RuntimeError
    with service.database.read() as connection:
        assert service.database.value(connection, "half") is None


def test_only_the_end_of_a_deadlock_is_tried_again() -> None:
    class Ended(Exception):
        sqlstate = "40P01"

    calls: list[int] = []

    def thrice() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("", {}, Ended())
        return "done"

    assert database.retried(thrice) == "done" and len(calls) == 3

    def broken() -> None:
        raise OperationalError("", {}, ValueError("disk full"))

    with pytest.raises(OperationalError):
        database.retried(broken)


def test_the_feed_is_chained_as_the_wire_says(service: Service) -> None:
    bodies = [{"change": "a", "record": "r", "device": "d", "version": 1, "text": "一\u2028\x7f", "n": 1e16} for _ in range(2)]
    with service.database.write("441900119") as connection:
        append(connection, "441900119", bodies)
    expected = link(link(GENESIS, bodies[0]), bodies[1])
    assert service.ledger.head("441900119")[2] == expected and bodies[1]["seq"] == 2


def test_ids_made_by_the_platform_are_time_ordered_uuids() -> None:
    made = [uuid.UUID(new_id()) for _ in range(5)]
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)} and len(set(made)) == 5
    assert sorted(one.int >> 80 for one in made) == [one.int >> 80 for one in made]


def test_settings_travel_to_workers_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"{PREFIX}DATA", raising=False)
    assert Settings.from_environment().data == default_folder()
    given = Settings(tmp_path, "postgresql+psycopg://x", "s3://b")
    for name, value in given.to_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment() == given


def test_an_institutes_achievement_counts_with_a_proof_of_quality(service: Service, desk: Callable[..., Any]) -> None:
    a = desk("研", unit="INS-DGUT")
    org = {
        "name": "东莞理工学院", "no_uscc_reason": "其他", "org_kind": "高校", "country": "CHN", "division": "441900401",
        "contact_name": "李工", "contact_phone": "13800000000", "disclosure": "内部", "uscc": "12441900MA0000002E",
    }  # fmt: skip
    from sync.domain.values import uscc_check_character

    org["uscc"] = org["uscc"][:17] + uscc_check_character(org["uscc"][:17])
    a.edit("o1", org, "organisation")
    for n, proof in enumerate((None, b"%PDF a patent"), 1):
        name = f"c{n}"
        title = f"固态电解质薄膜连续制备工艺之{'一二'[n - 1]}"
        a.push(a.change(name, {
            "owner_org": "o1", "title": title, "category": "项目类", "intro": "薄膜", "tech_field": "新材料",
            "industry_dg": "新材料", "stage": "中期", "fund_source": "自筹", "transfer_modes": ["许可"], "found_on": "2026-03-10",
            "source_channel": "院所上报", "secrecy": "非密", "disclosure": "内部", "high_quality": True,
        }, "achievement"))  # fmt: skip
        if proof is not None:
            sha256 = hashlib.sha256(proof).hexdigest()
            a.push(a.change("e1", {
                "subject": name, "kind": "ip_certificate", "file": "专利.pdf", "sha256": sha256, "bytes": len(proof), "mime": "x",
                "pages": 1, "doc_on": "2026-03-01", "covers": ["ip"],
            }, "evidence"))  # fmt: skip
            a.deliver(sha256, proof)
        assert a.edit(name, kind="achievement", workflow=["draft", "queued"]) == []
        assert review.act(service, name, "accept")["number"] == f"CG26-000{n}"
    assert [a.see(f"c{n}")["facts"]["counted"]["credit"] for n in (1, 2)] == [0, 1]
    years = service.tables("INS-DGUT")["counted"]["years"]["2026"]
    assert years["discovery"]["counted"] == 1 and years["city"]["discovery"]["counted"] == 2
