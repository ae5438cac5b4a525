"""Examines a frozen bundle before it is packed: what it asks of the system, what must and must not be in it, its size.

Rules: a fault here is something that a smoke run on the build machine would hide, since that machine has the library,
the back-end or the newer glibc that a person's desktop lacks. It must not know how bundles are made or packed.

    python packaging/check/bundle_lint.py FOLDER
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import elf
from bundle_modules import modules
from system_libraries import ALLOWED

ROOT = Path(__file__).resolve().parent.parent.parent
LARGEST = 170_000_000
"""Bytes unpacked; Qt, ICU, Python and the two crypto libraries are 110 million of them."""
REQUIRED_MODULES = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.kwallet",
        "keyring.backends.fail",
        "sqlalchemy.dialects.sqlite",
        "desktop.command_line",
    }
)
REQUIRED_FILES = (
    "PySide6/Qt/plugins/platforms/libqxcb.so",
    "PySide6/Qt/plugins/platforms/libqoffscreen.so",
    "PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
    "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
    "PySide6/Qt/translations/qtbase_zh_CN.qm",
    "resources",
    "sqlcipher3",
)
FORBIDDEN_MODULES = (
    *("sync.server", "fastapi", "starlette", "uvicorn", "boto3", "psycopg", "pydantic"),
    *("sqlite3", "tkinter", "pytest", "hypothesis", "setuptools", "pip", "tests"),
)
FORBIDDEN_FILES = (
    "libqsqlite",
    "libqgtk3",
    "libgtk-3",
    "libsqlite3",
    "_sqlite3.cpython",
    "libQt6Sql",
    "QtSql",
    "libQt6Qml",
)
ALLOWED_IN = {"_sqlite3.cpython": "sqlcipher3"}
"""sqlcipher3 names its own extension module so."""


@dataclass
class Report:
    """What was found."""

    size: int = 0
    files: int = 0
    glibc: tuple[int, ...] = ()
    glibcxx: tuple[int, ...] = ()
    highest: str = ""
    outside: frozenset[str] = frozenset()
    faults: list[str] = field(default_factory=list)

    def text(self) -> str:
        """For the build's log."""
        lines = [
            f"{self.files} files, {self.size / 1e6:.1f} MB",
            f"asks for glibc {elf.dotted(self.glibc)} ({self.highest}), libstdc++ symbols {elf.dotted(self.glibcxx)}",
            "taken from the system: " + " ".join(sorted(self.outside)),
        ]
        return "\n".join([*lines, *(f"FAULT: {fault}" for fault in self.faults)])


def examine(bundle: Path) -> Report:
    """Looks through a bundle.

    Args:
        bundle: the folder that holds ``liaison`` and ``_internal``.
    """
    inside = bundle / "_internal"
    report = Report()
    if not (bundle / "liaison").is_file() or not inside.is_dir():
        report.faults.append(f"{bundle} is no bundle: liaison or _internal is missing")
        return report
    paths = [path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink()]
    report.files, report.size = len(paths), sum(path.stat().st_size for path in paths)
    if report.size > LARGEST:
        report.faults.append(f"{report.size} bytes are more than the {LARGEST} allowed")
    examine_libraries(bundle, paths, report)
    _contents(bundle, paths, report)
    return report


def examine_libraries(bundle: Path, paths: list[Path], report: Report) -> None:
    """Every library asked for is in the bundle or in the list of the system's."""
    have = {path.name for path in bundle.rglob("*") if ".so" in path.name}
    outside: set[str] = set()
    for path in paths:
        if not elf.is_elf(path):
            continue
        found = elf.read(path)
        for name in found.needed - have:
            outside.add(name)
            if name not in ALLOWED:
                inner = path.relative_to(bundle)
                report.faults.append(f"{inner} asks for {name}, which is neither bundled nor the system's")
        if found.floor("GLIBC") > report.glibc:
            report.glibc, report.highest = found.floor("GLIBC"), str(path.relative_to(bundle))
        if "libstdc++" not in path.name:
            report.glibcxx = max(report.glibcxx, found.floor("GLIBCXX"))
    report.outside = frozenset(outside)


def product_modules() -> set[str]:
    """Every module of the desk and what it stands on; pages are imported by name, which no freezer sees."""
    found = set()
    for package in ("desktop", "sync"):
        for path in (ROOT / package).rglob("*.py"):
            found.add(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return {name for name in found if not f"{name}.".startswith("sync.server.") and not name.endswith("__main__")}


def _contents(bundle: Path, paths: list[Path], report: Report) -> None:
    """What must be there is, what must not is not, and no link leads nowhere."""
    names = modules(bundle / "liaison")
    report.faults += [f"module {name} is missing" for name in sorted(product_modules() - names)]
    report.faults += [f"module {name} is missing" for name in sorted(REQUIRED_MODULES - names)]
    for banned in FORBIDDEN_MODULES:
        unwanted = sorted(name for name in names if f"{name}.".startswith(f"{banned}."))
        report.faults += [f"module {name} must not be in it" for name in unwanted]
    report.faults += [f"{name} is missing" for name in REQUIRED_FILES if not (bundle / "_internal" / name).exists()]
    for path in paths:
        inner = str(path.relative_to(bundle))
        for banned in FORBIDDEN_FILES:
            if banned in path.name and ALLOWED_IN.get(banned, "\0") not in inner:
                report.faults.append(f"{inner} must not be in it")
    broken = (path for path in bundle.rglob("*") if path.is_symlink() and not path.exists())
    report.faults += [f"{path.relative_to(bundle)} leads nowhere" for path in broken]


if __name__ == "__main__":
    outcome = examine(Path(sys.argv[1]))
    print(outcome.text())
    sys.exit(1 if outcome.faults else 0)
