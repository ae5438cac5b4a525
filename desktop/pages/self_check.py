"""What a built program must be able to do: every bundled file, codec and database feature is used once, a window painted.

Run by ``liaison --self-check`` on a frozen program before it is packed and in the journey. Each check gives a sentence
where it failed, "" where it passed; the next one runs all the same.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QEventLoop
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from desktop import assets
from desktop.tasks import Tasks
from desktop.widgets import icons, language
from desktop.widgets.page_images import page_image
from sync.records import Identity
from sync.workspace import Workspace

WAIT_SECONDS = 20.0
NOBODY = "http://127.0.0.1:9"  # nothing answers there
PICTURES = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "PDF")
LEAST_ICONS = 60
LISTS = ("home", "todo", "records", "visits", "landings", "sync", "preferences")


def check_all(app: QApplication, build_window: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """(what, "" or why not) of every check."""
    for name, call in (
        ("resources", _resources), ("pictures", _pictures), ("spreadsheet", _spreadsheet), ("network", _network),
    ):  # fmt: skip
        yield name, _tried(call)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "profile", os.urandom(32))
        try:
            yield "database", _tried(lambda: _database(workspace))
            yield "keys", _tried(lambda: _keys(Path(folder) / "keys"))
            yield "window", _tried(lambda: _window(app, workspace, build_window))
        finally:
            workspace.close()


def _tried(call: Callable[[], str]) -> str:
    try:
        return call()
    except Exception as bug:  # noqa: BLE001  whatever is missing in a build is the answer
        return f"{type(bug).__name__}: {bug}"


def _resources() -> str:
    files = [path for path in assets.ROOT.rglob("*") if path.is_file()]
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".json":
            json.loads(data)
        if path.suffix == ".svg" and not QSvgRenderer(QByteArray(data)).isValid():
            return f"not a picture: {path.name}"
    names = [path.stem for path in files if path.parent == assets.ROOT / "icons" and path.suffix == ".svg"]
    if len(names) < LEAST_ICONS or any(icons.pixmap(name).isNull() for name in names):
        return f"{len(names)} icons"
    return "" if language.catalogue() else "no English"


def _pictures() -> str:
    from PIL import Image

    known = {bytes(one.data()).decode() for one in QImageReader.supportedImageFormats()}
    if not {"png", "jpeg", "svg"} <= known:
        return f"Qt reads only {sorted(known)}"
    for kind in PICTURES:
        held = BytesIO()
        Image.new("RGB", (60, 80), "white").save(held, kind)
        mime = "application/pdf" if kind == "PDF" else f"image/{kind.lower()}"
        if page_image(mime, held.getvalue, mime, 0, 40).isNull():
            return f"cannot draw {kind}"
    return ""


def _spreadsheet() -> str:
    import openpyxl

    book, held = openpyxl.Workbook(), BytesIO()
    book.create_sheet("走访").append(["走访"])
    book.save(held)
    held.seek(0)
    return "" if openpyxl.load_workbook(held)["走访"]["A1"].value == "走访" else "xlsx is not read back"


def _network() -> str:
    import ssl

    import truststore

    from sync import client

    truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return "" if hasattr(client, "Platform") else "no client"


def _database(workspace: Workspace) -> str:
    workspace.enrolled(Identity("u", "松山湖高新区", "town", "l", "李敏", "d", NOBODY), {})
    org = {"name": "东莞市禾微光学有限公司", "org_kind": "企业"}
    record = workspace.draft("demand", {"title": "玻璃盖板亚微米划痕检测", "org": org})
    for words in ("hwgx", "禾微", "划痕"):
        found = [row.id for row in workspace.rows(("demand",), search=words).rows]
        if record not in found and not workspace.organisations(words):
            return f"search does not find {words}"
    return ""


def _keys(folder: Path) -> str:
    from sync.keys import new_header

    header, key = new_header()
    folder.mkdir()
    header.wrap_passphrase(key, "一个够长的练习口令 2026")
    header.save(folder)
    return "" if header.unwrap_passphrase("一个够长的练习口令 2026") == key else "passphrase does not open"


def _window(app: QApplication, workspace: Workspace, build_window: Callable[..., Any]) -> str:
    tasks = Tasks()
    seen: list[BaseException] = []
    tasks.crashed.connect(seen.append)
    window = build_window(workspace, tasks)
    try:
        window.resize(1280, 720)
        window.show()
        for name in LISTS:
            window.navigate(name)
            _settle(tasks)
            if _plain(window.grab().toImage()):
                return f"page {name} is empty"
        window.navigate("editor", kind="demand")
        _settle(tasks)
        return f"{type(seen[0]).__name__}: {seen[0]}" if seen else ""
    finally:
        window.close()
        tasks.close()
        window.deleteLater()
        app.processEvents()


def _settle(tasks: Tasks) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        if tasks.idle():
            break
    QApplication.processEvents()


def _plain(image: QImage) -> bool:
    """Whether nothing was painted: fewer than a handful of colours."""
    found = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    return len(found) < 8
