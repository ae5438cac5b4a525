"""Reads from ELF files what packaging has to know: which libraries they ask for and which symbol versions of them.

Rules: asks ``objdump`` (binutils), which the build needs anyway; results are plain values. It must not know the
product, the spec or the installer.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)$", re.MULTILINE)
_VERSION = re.compile(r"\s0x[0-9a-f]+ 0x[0-9a-f]+ \d+ (GLIBC|GLIBCXX|CXXABI|GCC)_([0-9.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Elf:
    """What one file asks of the system."""

    needed: frozenset[str]
    """Sonames of its libraries."""
    versions: frozenset[tuple[str, tuple[int, ...]]]
    """Symbol versions such as ("GLIBC", (2, 28))."""

    def floor(self, family: str) -> tuple[int, ...]:
        """The newest version asked of a family; () where none is."""
        return max((number for name, number in self.versions if name == family), default=())


def is_elf(path: Path) -> bool:
    """Whether a regular file begins as ELF files do."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def read(path: Path) -> Elf:
    """Reads one ELF file.

    Raises:
        subprocess.CalledProcessError: objdump cannot read it.
    """
    environment = {**os.environ, "LC_ALL": "C"}  # its headings are translated otherwise
    text = subprocess.run(
        ["objdump", "-p", str(path)], capture_output=True, text=True, check=True, env=environment
    ).stdout
    versions = ((name, tuple(int(part) for part in number.split("."))) for name, number in _VERSION.findall(text))
    return Elf(frozenset(_NEEDED.findall(text)), frozenset(versions))


def dotted(number: tuple[int, ...]) -> str:
    """(2, 28) as "2.28"."""
    return ".".join(map(str, number))
