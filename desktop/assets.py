"""Where a bundled file lies, the same from source, from an installed wheel and in the frozen program.

In all three the folder ``resources`` stands beside the package ``desktop``. Must not know Qt.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "resources"


def resource(*parts: str) -> Path:
    """The path of a bundled file or folder.

    Raises:
        FileNotFoundError: it was not bundled; a fault of the build, never of the person.
    """
    path = ROOT.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(path)
    return path
