"""Where a platform's data lie: from options or from ``LIAISON_SERVER_*``. Imports nothing heavy."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

PREFIX = "LIAISON_SERVER_"


@dataclass(frozen=True, slots=True)
class Settings:
    """``database_url`` empty: SQLite below ``data``; ``blobs`` empty: files there."""

    data: Path
    database_url: str = ""
    blobs: str = ""

    @classmethod
    def from_environment(cls) -> Settings:
        """What ``LIAISON_SERVER_DATA``, ``_DATABASE_URL`` and ``_BLOBS`` say, else the user's data folder."""
        data = os.environ.get(f"{PREFIX}DATA")
        return cls(
            Path(data) if data else default_folder(), os.environ.get(f"{PREFIX}DATABASE_URL", ""),
            os.environ.get(f"{PREFIX}BLOBS", ""),
        )  # fmt: skip

    def to_environment(self) -> dict[str, str]:
        """For worker processes."""
        given = {"DATA": str(self.data), "DATABASE_URL": self.database_url, "BLOBS": self.blobs}
        return {PREFIX + name: value for name, value in given.items() if value}


def default_folder() -> Path:
    """Where a platform's data lie if nobody says."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "liaison-server"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "liaison-server"
    return Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share"))) / "liaison-server"
