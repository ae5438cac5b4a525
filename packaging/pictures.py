"""``make pictures``: the README's picture and those of the help pages, from one headless demo, small enough to ship."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
#: picture of the demo's journey -> (file below resources, width in px)
WANTED = {
    "10-home": (("pictures/home.png", 1440), ("help/home.png", 900)),
    "13-todo": (("help/todo.png", 900),),
    "06-records": (("help/records.png", 900),),
    "02-offline-editor": (("help/editor.png", 900),),
    "14-visits": (("help/visits.png", 900),),
    "15-reports": (("help/reports.png", 900),),
    "05-synced": (("help/sync.png", 900),),
    "08-conflict": (("help/conflict.png", 900),),
    "07-returned-detail": (("help/detail.png", 900),),
}
COLOURS = 128


def main() -> int:
    """Runs the demo and writes the pictures; the exit status."""
    out = ROOT / "build" / "pictures"
    done = subprocess.run([sys.executable, "-m", "desktop.command_line", "demo", "--headless", "--out", str(out)], cwd=ROOT, check=False)
    if done.returncode:
        return done.returncode
    for name, places in WANTED.items():
        with Image.open(out / "pictures" / f"{name}.png") as picture:
            whole = picture.convert("RGB")
        for place, width in places:
            target = ROOT / "resources" / place
            small = whole.resize((width, whole.height * width // whole.width), Image.Resampling.LANCZOS)
            small.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(target, optimize=True)
            print(f"{place}: {target.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
