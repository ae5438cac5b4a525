"""What is kept about a bug, without anything a person wrote: type, place and versions, in the user's data folder."""

from __future__ import annotations

import platform
import traceback
from datetime import UTC, datetime
from pathlib import Path

from desktop import credentials


def record_bug(profile: Path, bug: BaseException) -> Path:
    """Append a bug's type and stack (no values, no messages that could hold content) to the log; its path."""
    folder = credentials.data_home() / "liaison-logs"
    path = folder / "bugs.log"
    lines = [
        f"{datetime.now(UTC).isoformat()} {type(bug).__name__} Python {platform.python_version()} {platform.system()}"
    ]
    lines += [f"  {Path(one.filename).name}:{one.lineno} {one.name}" for one in traceback.extract_tb(bug.__traceback__)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
    except OSError:
        return profile
    return path
