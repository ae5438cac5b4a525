"""The language of the window: source strings are Chinese, English comes from the catalogues.

Catalogues are ``resources/i18n/en*.json``: one flat object from the Chinese source string to its English. The
class a string stands in does not matter: one word per idea, everywhere. A missing entry shows Chinese, and a
test fails. Values are put in by name: ``self.tr("已选 {count} 项").format(count=3)``. Labels of kinds and
fields carry their English in the declaration; choices of lists are looked up with ``choice``.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from desktop import assets
from desktop.widgets import theme


@lru_cache(maxsize=1)
def catalogue() -> dict[str, str]:
    """Every English string by its Chinese source."""
    found: dict[str, str] = {}
    for path in sorted(assets.resource("i18n").glob("en*.json")):
        found.update(json.loads(path.read_text(encoding="utf-8")))
    return found


class _English(QTranslator):
    """Answers Qt's question for a string from the catalogue."""

    def isEmpty(self) -> bool:
        """Never: the catalogue is bundled."""
        return False

    def translate(  # type: ignore[override]  # None is Qt's null string; "" would be shown
        self, context: str, text: str, note: str | None = None, n: int = -1
    ) -> str | None:
        """English of ``text``, or None where there is none, so Qt shows the source."""
        return catalogue().get(text)


_installed: list[QTranslator] = []


def install(app: QCoreApplication, lang: str) -> None:
    """Puts a language in force (zh or en); pages made afterwards speak it. Qt's own dialogs follow."""
    while _installed:
        app.removeTranslator(_installed.pop())
    if lang == "en":
        _installed.append(_English())
    else:
        own = QTranslator()
        if own.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            _installed.append(own)
    for translator in _installed:
        app.installTranslator(translator)
    app.setProperty("lang", lang)
    theme.set_locale(lang)


def lang() -> str:
    """The language in force, zh or en, for ``desktop.wording`` and the declarations."""
    app = QCoreApplication.instance()
    return str(app.property("lang") or "zh") if app is not None else "zh"


def label(thing: Any) -> str:
    """The name of a kind or field in the language in force (it has ``label`` and ``en``)."""
    return str(thing.en if lang() == "en" else thing.label)


def choice(value: str) -> str:
    """A choice of a list in the language in force; lists the platform sent stay as they are."""
    return catalogue().get(value, value) if lang() == "en" else value
