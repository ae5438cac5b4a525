from __future__ import annotations

import re
from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from desktop import assets
from desktop.widgets import icons, theme
from desktop.widgets.chip import Chip, tone_colors
from desktop.widgets.style_sheet import style_sheet

GROUNDS = ("surface", "canvas", "subtle", "hover", "selected")
INKS = ("text", "text2", "text3", "accent", "green", "amber", "red", "violet", "teal")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_is_readable_on_every_ground(dark: bool) -> None:
    for ink in INKS:
        for ground in GROUNDS:
            assert contrast(theme.TOKENS[ink][dark], theme.TOKENS[ground][dark]) >= 4.5, (ink, ground)
    for tone in ("green", "amber", "red", "violet", "teal", "grey"):
        assert contrast(theme.TOKENS[tone][dark], theme.TOKENS[f"{tone}_soft"][dark]) >= 4.5, tone
    assert contrast(theme.TOKENS["on_accent"][dark], theme.TOKENS["accent"][dark]) >= 4.5
    for edge in ("control", "focus"):
        assert contrast(theme.TOKENS[edge][dark], theme.TOKENS["surface"][dark]) >= 3


def test_the_sheet_names_only_known_tokens_and_stays_short() -> None:
    text = assets.resource("window.qss").read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) < 150
    assert set(re.findall(r"@([a-z_0-9]+)", text.split("*/", 1)[1])) <= {*theme.TOKENS, "mode"}
    for name in re.findall(r"icons:tinted/@mode/([a-z-]+)\.svg", text):
        for mode in ("light", "dark"):
            assert assets.resource("icons", "tinted", mode, f"{name}.svg")


def test_text_size_grows_fonts_and_controls() -> None:
    tokens = {name: pair[0] for name, pair in theme.TOKENS.items()}
    large = style_sheet(tokens, False, 1.5)
    assert "font-size: 21px" in large and "min-height: 45px" in large
    assert "font-size: 14px" not in large and "min-height: 39px" in large


def test_a_theme_change_reaches_labels_buttons_and_icons(qapp: QApplication) -> None:
    label, button = QLabel("一"), QPushButton("二")
    label.setProperty("role", "title")
    button.setIcon(icons.icon("gauge", "text"))
    before = button.icon().pixmap(QSize(16, 16)).toImage()
    theme.apply(qapp, dark=True)
    label.ensurePolished()
    after = button.icon().pixmap(QSize(16, 16)).toImage()
    assert before != after
    assert theme.current().text.name().upper() == "#E7EBF0"
    assert label.font().pixelSize() == 20


def inked(image: QImage) -> set[str]:
    found = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return {colour.name() for colour in found if colour.alpha() == 255}


def test_icons_are_tinted_and_sharp_at_two_pixels_a_point(qapp: QApplication) -> None:
    image = icons.pixmap("gauge", "red", 16, 2.0).toImage()
    assert image.width() == 32 and inked(image) == {QColor(theme.TOKENS["red"][0]).name()}


def test_a_disabled_icon_is_grey(qapp: QApplication) -> None:
    image = icons.icon("gauge", "red").pixmap(QSize(16, 16), QIcon.Mode.Disabled).toImage()
    assert inked(image) == {QColor(theme.TOKENS["disabled"][0]).name()}


def test_an_unknown_icon_is_a_fault_of_ours(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icons.icon("no-such-icon")


def test_chips_carry_icon_and_word_and_say_it(qtbot: Any) -> None:
    chip = Chip("仅本机", "laptop", "amber")
    qtbot.addWidget(chip)
    assert chip.accessibleName() == "仅本机"
    narrow = chip.sizeHint().width()
    chip.set_state("平台未收这条", "triangle-alert", "red")
    assert chip.sizeHint().width() > narrow and chip.accessibleName() == "平台未收这条"
    assert tone_colors("quiet-green")[1] is None


def test_no_widget_is_styled_by_hand() -> None:
    for path in (assets.ROOT.parent / "desktop").rglob("*.py"):
        if path.name != "theme.py":
            assert "setStyleSheet(" not in path.read_text(encoding="utf-8"), path


def test_who_changes_his_font_changes_nobody_elses() -> None:
    mine = theme.current().font(14, 600)
    size = mine.pixelSize()
    mine.setPixelSize(size + 20)
    assert theme.current().font(14, 600).pixelSize() == size
