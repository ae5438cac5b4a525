"""Where the desktop's palette is one of high contrast, the window has no colour of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop import assets
from desktop.widgets import high_contrast, theme
from desktop.widgets.chip import Chip
from desktop.widgets.notice_bar import Notice

R = QPalette.ColorRole
#: Windows' "High Contrast Black", "White" and "#1", as its settings name their colours
SCHEMES = {
    "black": ("#000000", "#FFFFFF", "#1AEBFF", "#000000", "#3FF23F"),
    "white": ("#FFFFFF", "#000000", "#37006E", "#FFFFFF", "#600000"),
    "yellow": ("#000000", "#FFFF00", "#008000", "#FFFFFF", "#00FF00"),
}


def palette(name: str) -> QPalette:
    ground, ink, marked, on_marked, faint = map(QColor, SCHEMES[name])
    made = QPalette()
    for role in (R.Window, R.Base, R.Button, R.AlternateBase, R.ToolTipBase):
        made.setColor(role, ground)
    for role in (R.WindowText, R.Text, R.ButtonText, R.ToolTipText, R.BrightText):
        made.setColor(role, ink)
    made.setColor(R.Highlight, marked)
    made.setColor(R.HighlightedText, on_marked)
    made.setColor(QPalette.ColorGroup.Disabled, R.WindowText, faint)
    return made


@pytest.fixture(autouse=True)
def usual(qapp: QApplication) -> Iterator[None]:
    yield
    theme.apply(qapp)


@pytest.mark.parametrize("name", ["black", "white"])
def test_such_a_palette_is_known(name: str) -> None:
    assert high_contrast.asked_for(palette(name))


def test_ordinary_palettes_are_not_taken_for_one(qapp: QApplication) -> None:
    ordinary = [qapp.style().standardPalette()]
    for ground, ink in (("#EFEFEF", "#000000"), ("#F0F0F0", "#000000"), ("#323232", "#FFFFFF"), ("#FFFFFF", "#31363B")):
        made = QPalette(QColor(ground))
        for role in (R.WindowText, R.Text, R.ButtonText):
            made.setColor(role, QColor(ink))
        ordinary.append(made)
    for dark in (False, True):
        theme.apply(qapp, dark)
        ordinary.append(qapp.palette())
    assert not any(high_contrast.asked_for(one) for one in ordinary)


@pytest.mark.parametrize("name", list(SCHEMES))
def test_every_text_is_readable_on_every_ground(name: str) -> None:
    made = high_contrast.tokens(palette(name), theme.TOKENS)
    assert made.keys() == theme.TOKENS.keys()
    grounds = ["surface", "canvas", "subtle", "hover", "selected", *(token for token in made if token.endswith("_soft"))]
    inks = ["text", "text2", "text3", "accent", "green", "amber", "red", "violet", "teal", "grey"]
    for ground in grounds:
        for ink in inks:
            assert high_contrast.contrast(made[ground], made[ink]) >= 4.5, (ground, ink)
    assert high_contrast.contrast(made["on_accent"], made["accent"]) >= 4.5
    for edge in ("control", "border", "focus"):
        assert high_contrast.contrast(made[edge], made["surface"]) >= 3
    assert made["selected"] != made["surface"], "a marked row is seen"


@pytest.mark.parametrize(("name", "dark"), [("black", True), ("white", False)])
def test_the_palette_stays_and_no_colour_of_ours_is_left(name: str, dark: bool, qapp: QApplication) -> None:
    given = palette(name)
    theme.apply(qapp, not dark, system=given)
    for role in (R.Window, R.WindowText, R.Base, R.Text, R.Button, R.ButtonText, R.Highlight, R.HighlightedText):
        assert qapp.palette().color(role) == given.color(role), role
    assert theme.current().dark is dark
    own = {value.lower() for pair in theme.TOKENS.values() for value in pair} - {"#ffffff", "#000000"}
    sheet = qapp.styleSheet().lower()
    assert not [colour for colour in own if colour in sheet]
    assert f"tinted/{'dark' if dark else 'light'}/" in sheet or not assets.resource("icons", "tinted").exists()


def test_what_is_painted_has_the_palette_s_colours(qapp: QApplication) -> None:
    theme.apply(qapp, system=palette("black"))
    box = QWidget()
    box.setFixedSize(QSize(420, 200))
    column = QVBoxLayout(box)
    button = QPushButton("提交到平台")
    button.setProperty("role", "primary")
    for one in (Chip("平台未收这条", "triangle-alert", "red"), Notice("bad", "没有保存", "请再试一次。"), button, QLabel("正文")):
        column.addWidget(one)
    box.ensurePolished()
    image = box.grab().toImage()
    seen: dict[str, int] = {}
    for x in range(image.width()):
        for y in range(image.height()):
            colour = image.pixelColor(x, y).name()
            seen[colour] = seen.get(colour, 0) + 1
    common = {colour for colour, count in seen.items() if count > 200}
    assert {"#000000", "#1aebff"} <= common <= {"#000000", "#ffffff", "#1aebff", theme.current().selected.name()}, seen
    box.deleteLater()
