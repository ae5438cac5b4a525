"""Chinese input where Qt's own plugins do not reach: a fcitx client over D-Bus, and what holds for every input method.

The PySide6 wheels carry plugins for ibus and compose only, while UOS and Kylin desktops run fcitx. Must not know
pages or records.
"""
