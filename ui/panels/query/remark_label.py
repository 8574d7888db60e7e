"""A label of remarks about queries, with links to texts that can be used instead."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote, unquote

from flowsep_ui.studio.words.remarks import Remark
from flowsep_ui.theme import colours
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QWidget


class RemarkLabel(QLabel):
    """Shows remarks, one a line; hidden without any. `replaced`: a query, and the text that was clicked for it."""

    replaced = pyqtSignal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("warning")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.linkActivated.connect(self._follow)
        self.remarks: tuple[Remark, ...] = ()
        self.hide()

    @property
    def plain_text(self) -> str:
        """The remarks as plain text."""
        return "\n".join(remark.text for remark in self.remarks)

    def show_remarks(self, remarks: Sequence[Remark]) -> None:
        """Show `remarks`; an empty sequence hides the label."""
        self.remarks = tuple(remarks)
        self.setText("<br>".join(self._line(remark) for remark in self.remarks))
        self.setAccessibleName(self.plain_text)
        self.setVisible(bool(self.remarks))

    def _line(self, remark: Remark) -> str:
        text = escape(remark.text, quote=False).replace("\n", "<br>")
        if not remark.instead:
            return text
        links = ", ".join(self._link(remark.query, other) for other in remark.instead)
        return f"{text} {escape(self.tr('Did you mean:'))} {links}?"

    def _link(self, query: str, other: str) -> str:
        target = f"use:{quote(query, safe='')}/{quote(other, safe='')}"
        return f'<a href="{target}" style="color: {colours().accent.name()}">{escape(other)}</a>'

    def _follow(self, target: str) -> None:
        query, _, other = target.removeprefix("use:").partition("/")
        self.replaced.emit(unquote(query), unquote(other))
