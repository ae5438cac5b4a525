"""A real workspace on a real encrypted database, without keyring or platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from sync.records import Identity
from sync.store.tables import change, record
from sync.workspace import Workspace

KEY = bytes(range(32))
COMPANY = {
    "name": "东莞市甲科技有限公司", "uscc": "91441900MA0000007J", "org_kind": "企业", "division": "441900119",
    "contact_name": "王工", "contact_phone": "13800000000",
}  # fmt: skip


def opened(folder: Path, device: str = "D1") -> Workspace:
    """The workspace in ``folder``, enrolled for 长安."""
    workspace = Workspace(folder, KEY)
    if workspace.identity is None:
        workspace.enrolled(Identity("441900119", "长安镇", "town", "L1", "甲", device, "http://127.0.0.1:1"), {})
    return workspace


def as_version_two(connection: Connection) -> None:
    """The database as a program of schema version 2 left it."""
    for index in (*record.indexes, *change.indexes):
        if index.name not in ("record_about", "change_record", "change_waiting"):
            connection.exec_driver_sql(f"DROP INDEX {index.name}")
    for statement in (
        "ALTER TABLE record DROP COLUMN mark", "DELETE FROM meta WHERE key = 'mark'",
        "CREATE INDEX record_list ON record (kind, updated_at)", "CREATE INDEX record_recent ON record (updated_at)",
        "CREATE INDEX record_count ON record (kind, workflow, sync_state, day)", "CREATE INDEX record_state ON record (sync_state)",
        "PRAGMA user_version = 2",
    ):  # fmt: skip
        connection.exec_driver_sql(statement)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def workspace(folder: Path) -> Iterator[Workspace]:
    one = opened(folder)
    yield one
    one.close()


@pytest.fixture
def demand() -> Callable[..., dict[str, Any]]:
    """Values of a demand that lacks only its letter; keywords replace fields."""

    def make(**more: Any) -> dict[str, Any]:
        return {
            "title": "高速主轴热误差补偿技术", "org": COMPANY, "problem": "主轴温升造成尺寸漂移。", "indicators": "不超过 5 μm",
            "budget_fen": 15_000_000, "solve_mode": "委托研发", "letter_signed_on": "2026-03-10", "letter_signatory": "王工",
            "found_on": "2026-03-10", "industry_dg": "高端装备", "tech_field": "先进制造", "industry": "C35", **more,
        }  # fmt: skip

    return make


@pytest.fixture
def letter() -> Path:
    return Path(__file__).resolve().parents[2] / "resources" / "practice" / "demand-letter-photo.jpg"
