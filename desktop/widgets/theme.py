"""Colours, fonts and the one style sheet of the window, light and dark.

Fusion plus a palette plus one generated style sheet; widgets carry roles (dynamic properties) and painters ask
``current()`` for a colour while they paint, so a theme change needs no second visit of any widget.

    QPushButton   role  primary normal link danger tool     + small=True for 28 px
    QToolButton   role  tool segment filter chip            (segment, filter, chip are checkable)
    QLabel        role  title cardTitle secondary meta figure error link
    QFrame        role  card cardAccent cardBad cardWarn cardConflict subtle notice-info -ok -warn -bad top bar line
    any input     bad=True shows the error edge

Every text colour here is at least 4.5:1 on every ground it meets. Never call ``setStyleSheet`` on a widget.
Must not know pages, records or the store.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtCore import QDir, QLocale, QObject, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from desktop import assets
from desktop.widgets import high_contrast
from desktop.widgets.style_sheet import style_sheet

FAMILIES = ["Microsoft YaHei UI", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif"]
TEXT_SCALES = (0.9, 1.0, 1.1, 1.25, 1.4, 1.5)

#: token: (light, dark)
TOKENS: dict[str, tuple[str, str]] = {
    "canvas": ("#F2F4F7", "#12161B"),
    "surface": ("#FFFFFF", "#1B2027"),
    "subtle": ("#F7F8FA", "#20262E"),
    "hover": ("#EDF1F6", "#28303A"),
    "selected": ("#E1ECFA", "#1D3858"),
    "border": ("#DCE1E8", "#323B46"),
    "line": ("#E8ECF1", "#2A323C"),
    "control": ("#828D9B", "#78848F"),
    "text": ("#1A222D", "#E7EBF0"),
    "text2": ("#465263", "#B7C0CB"),
    "text3": ("#5D6979", "#98A4B1"),
    "disabled": ("#98A2AF", "#66717E"),
    "accent": ("#1B5DAE", "#73AEF5"),
    "accent_hover": ("#154C90", "#94C2F8"),
    "accent_soft": ("#E1ECFA", "#1D3858"),
    "on_accent": ("#FFFFFF", "#0B1622"),
    "green": ("#13683F", "#6CCB95"),
    "green_soft": ("#E0F2E8", "#15342A"),
    "amber": ("#855000", "#E5B45A"),
    "amber_soft": ("#FBEFD8", "#3A2E14"),
    "red": ("#AE241C", "#F59A92"),
    "red_soft": ("#FBE5E3", "#432120"),
    "violet": ("#663A9B", "#C3A3EE"),
    "violet_soft": ("#EEE5F8", "#32254A"),
    "teal": ("#0A666D", "#67C7CE"),
    "teal_soft": ("#DBF0F1", "#12353A"),
    "grey": ("#465263", "#B7C0CB"),
    "grey_soft": ("#E8ECF1", "#2B333D"),
    "focus": ("#1B5DAE", "#94C2F8"),
    "seal": ("#C4161C", "#F0655E"),
}


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours in force, one attribute a token, and the text scale (1.0 = 14 px body)."""

    dark: bool
    scale: float
    canvas: QColor
    surface: QColor
    subtle: QColor
    hover: QColor
    selected: QColor
    border: QColor
    line: QColor
    control: QColor
    text: QColor
    text2: QColor
    text3: QColor
    disabled: QColor
    accent: QColor
    accent_hover: QColor
    accent_soft: QColor
    on_accent: QColor
    green: QColor
    green_soft: QColor
    amber: QColor
    amber_soft: QColor
    red: QColor
    red_soft: QColor
    violet: QColor
    violet_soft: QColor
    teal: QColor
    teal_soft: QColor
    grey: QColor
    grey_soft: QColor
    focus: QColor
    seal: QColor

    def color(self, token: str) -> QColor:
        """The colour of a token named at run time.

        Raises:
            AttributeError: there is no such token.
        """
        found: QColor = getattr(self, token)
        return found

    def px(self, pixels: float) -> int:
        """A size of the design at this text scale."""
        return max(1, round(pixels * self.scale))

    def font(self, pixels: int = 14, weight: int = 400) -> QFont:
        """A font of the design; weights are 400, 500 and 600. Digits are of one width."""
        key = (pixels, weight, self.scale)
        if key not in _fonts:
            font = QFont()
            font.setFamilies(FAMILIES)
            font.setPixelSize(self.px(pixels))
            font.setWeight(QFont.Weight(weight))
            if hasattr(font, "setFeature") and hasattr(QFont, "Tag"):
                font.setFeature(QFont.Tag("tnum"), 1)
            _fonts[key] = font
        return QFont(_fonts[key])  # a copy: who changes his must not change everybody's


class _Changes(QObject):
    """Tells painters' caches that colours or sizes changed."""

    changed = Signal()


_fonts: dict[tuple[int, int, float], QFont] = {}


def _make(dark: bool, scale: float) -> Theme:
    return Theme(dark, scale, **{name: QColor(pair[dark]) for name, pair in TOKENS.items()})


_current = _make(False, 1.0)
_system: list[QPalette] = []  # the desktop's, before ours
changes = _Changes()
assert {field.name for field in fields(Theme)} == {"dark", "scale", *TOKENS}  # noqa: S101  one list of tokens, twice


def current() -> Theme:
    """The theme in force; ask while painting, do not keep it."""
    return _current


def apply(
    app: QApplication, dark: bool = False, text_scale: float = 1.0, *, system: QPalette | None = None
) -> Theme:
    """Puts a theme in force for the whole program; where the desktop wants high contrast, its colours are the theme.

    Args:
        app: the application.
        dark: light or dark; high contrast decides that itself.
        text_scale: 1.0 is 14 px body.
        system: the desktop's palette; as it was before the first theme where it is not given.
    """
    global _current
    if not _system:
        _system.append(QPalette(app.palette()))
    ground = system or _system[0]
    high = high_contrast.asked_for(ground)
    if high:
        dark = ground.color(QPalette.ColorRole.Window).lightness() < 128
    _current = Theme(dark, text_scale, **high_contrast.tokens(ground, TOKENS)) if high else _make(dark, text_scale)
    if not app.property("fusion"):  # once: under a style sheet the style has no name to ask for
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setProperty("fusion", True)
    QDir.setSearchPaths("icons", [str(assets.resource("icons"))])
    hints = app.styleHints()
    if hasattr(hints, "setColorScheme") and not high:
        from PySide6.QtCore import Qt

        hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
    app.setFont(_current.font())
    app.setPalette(ground if high else _palette(_current))
    app.setStyleSheet(style_sheet({name: _current.color(name).name() for name in TOKENS}, dark, text_scale))
    changes.changed.emit()
    return _current


def set_locale(lang: str) -> None:
    """Han glyphs in their mainland forms, dates and numbers of the language."""
    chinese = QLocale(QLocale.Language.Chinese, QLocale.Country.China)
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom) if lang == "en" else chinese)


def set_role(widget: QWidget, role: str, *, key: str = "role") -> None:
    """Gives a widget another role after it was shown and lets the style look again."""
    set_property(widget, key, role)


def set_property(widget: QWidget, key: str, value: object) -> None:
    """Sets a property the style sheet asks for (role, bad, small, …) and lets the style look again."""
    if widget.property(key) == value:
        return
    widget.setProperty(key, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def _palette(theme: Theme) -> QPalette:
    palette, role, group = QPalette(), QPalette.ColorRole, QPalette.ColorGroup
    for which, colour in (
        (role.Window, theme.canvas), (role.WindowText, theme.text), (role.Base, theme.surface),
        (role.AlternateBase, theme.subtle), (role.Text, theme.text), (role.Button, theme.surface),
        (role.ButtonText, theme.text), (role.BrightText, theme.red), (role.ToolTipBase, theme.surface),
        (role.ToolTipText, theme.text), (role.Highlight, theme.accent), (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent), (role.LinkVisited, theme.accent), (role.PlaceholderText, theme.text3),
        (role.Light, theme.surface), (role.Midlight, theme.hover), (role.Mid, theme.border), (role.Dark, theme.control),
        (role.Shadow, theme.border),
    ):  # fmt: skip
        palette.setColor(which, colour)
    if hasattr(role, "Accent"):
        palette.setColor(role.Accent, theme.accent)
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, which, theme.disabled)
    return palette
