"""Renews ``requirements.txt`` and ``requirements-dev.txt`` from the ranges in ``pyproject.toml``.

Rules: exact versions with the hashes of every file, for all supported systems and Pythons at once; no index address
and no path of this machine may get into them (a test looks), so uv's header and notes are left out. Needs ``uv``.

    make lock
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME_HEAD = "# Desk and platform, pinned by hash for Python 3.11-3.13. Made by: make lock\n"
DEV_HEAD = "# What requirements.txt pins, and the tools of checks, tests and installers. Made by: make lock\n"
# setuptools makes the clone's own commands (liaison, liaison-server) without another download.
BUILD_TOOL = "setuptools>=77\n"


def compiled(*arguments: str) -> str:
    """What uv answers for the project, the build tool added."""
    command = [
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-header", "--no-annotate", "pyproject.toml", "-", *arguments),
    ]
    return subprocess.run(command, cwd=ROOT, input=BUILD_TOOL, text=True, check=True, capture_output=True).stdout


def main() -> None:
    """Writes both lists; the second keeps to the versions of the first."""
    runtime, dev = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
    runtime.write_text(RUNTIME_HEAD + compiled("--extra", "postgres", "--extra", "s3"))
    dev.write_text(DEV_HEAD + compiled("--extra", "dev", "--constraint", "requirements.txt"))
    print(*(f"{path.name}: {path.read_text().count('==')} packages" for path in (runtime, dev)), sep="\n")


if __name__ == "__main__":
    main()
