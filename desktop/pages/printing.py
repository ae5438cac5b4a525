"""Pages onto paper: the system's print dialog, and what is said where there is no printer. Must not know what the pages are."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QDialog, QWidget

from desktop.report_painter import DOTS, Paged, page_layout
from desktop.widgets.notice_bar import NoticeBar


def tr(words: str) -> str:
    """A string of printing in the language in force."""
    return QCoreApplication.translate("printing", words)


def ask_print(pages: Paged, notices: NoticeBar, parent: QWidget) -> None:
    """Asks which printer, then prints and says so."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo

    if not QPrinterInfo.availablePrinterNames():
        more = tr("请先在系统里添加打印机，或导出 PDF 后到别处打印。")
        notices.say("warn", tr("这台电脑没有打印机"), more, key="print")
        return
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    set_page(printer, pages)
    dialog = QPrintDialog(printer, parent)

    def accepted() -> None:
        print_pages(printer, pages)
        notices.say("ok", tr("已送打印机，共 {n} 页").format(n=pages.count()), key="print")

    dialog.accepted.connect(accepted)
    QDialog.open(dialog)


def set_page(printer: Any, pages: Paged) -> None:
    """A4 to the edges, named for the queue."""
    printer.setFullPage(True)
    printer.setPageLayout(page_layout(pages))
    printer.setDocName(pages.title)


def print_pages(printer: Any, pages: Paged) -> None:
    """Paints all pages onto a printer, whatever its resolution."""
    painter = QPainter(printer)
    scale = printer.resolution() / DOTS
    painter.scale(scale, scale)
    for page in range(pages.count()):
        if page:
            printer.newPage()
        pages.paint(painter, page)
    painter.end()
