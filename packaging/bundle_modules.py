"""Says which Python modules a frozen program carries, by reading the archives inside its executable.

Rules: reads, never runs. PyInstaller is imported late, so that the rest of packaging is usable without it.
"""

from __future__ import annotations

from pathlib import Path


def modules(executable: Path) -> frozenset[str]:
    """Dotted names of the modules in the executable's archive, and of the extension modules that lie beside it.

    Args:
        executable: the frozen program; its ``_internal`` folder lies beside it.
    """
    from PyInstaller.archive.readers import CArchiveReader

    archive = CArchiveReader(str(executable))
    found = set(archive.open_embedded_archive("PYZ.pyz").toc)
    inside = executable.parent / "_internal"
    for path in inside.rglob("*.so"):
        parts = path.relative_to(inside).parts
        if "Qt" not in parts and not path.name.startswith("lib"):
            found.add(".".join([*parts[:-1], path.name.split(".", 1)[0]]).removeprefix("python3.11.lib-dynload."))
    return frozenset(found)
