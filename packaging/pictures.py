"""``make pictures``: the README's picture and those of the help pages in both languages, from headless demos, small enough to ship."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "resources"
#: picture of the demo's journey -> file of the help
WANTED = {
    "10-home": "home.png", "13-todo": "todo.png", "06-records": "records.png", "02-offline-editor": "editor.png",
    "14-visits": "visits.png", "15-reports": "reports.png", "05-synced": "sync.png", "08-conflict": "conflict.png",
    "07-returned-detail": "detail.png",
}  # fmt: skip
FOLDERS = {"zh": RESOURCES / "help", "en": RESOURCES / "help" / "en"}
README = ("10-home", RESOURCES / "pictures" / "home.png", 1440)
HELP_WIDTH = 900
COLOURS = 255


def shrink(picture: Path, target: Path, width: int) -> None:
    """Writes ``picture`` to ``target``, ``width`` px wide, in few colours: rare ones, as a seal's red, stay; grounds are exact."""
    with Image.open(picture) as opened:
        whole = opened.convert("RGB")
    small = whole.resize((width, whole.height * width // whole.width), Image.Resampling.LANCZOS)
    target.parent.mkdir(exist_ok=True)
    small.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1000} kB")


def main() -> int:
    """Runs a demo in each language and writes the pictures; the exit status."""
    for lang, folder in FOLDERS.items():
        out = ROOT / "build" / "pictures" / lang
        words = [sys.executable, "-m", "desktop.command_line", "--lang", lang, "demo", "--headless", "--out", str(out)]
        done = subprocess.run(words, cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
        for name, file in WANTED.items():
            shrink(out / "pictures" / f"{name}.png", folder / file, HELP_WIDTH)
        if lang == "zh":
            name, target, width = README
            shrink(out / "pictures" / f"{name}.png", target, width)
    return 0


if __name__ == "__main__":
    sys.exit(main())
