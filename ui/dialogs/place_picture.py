"""The picture of a placement: tracks before and after as rows, clips as bars in their colours, new tracks marked."""

from flowsep_ui.colours import colours
from flowsep_ui.studio.sessions.placement_picture import PictureBar, PictureRow, PlacementPicture
from flowsep_ui.theme import lane_colour, rest_colour
from PyQt6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

_HEAD = 18
_GAP = 14
_TALLEST_ROW = 22
_LEAST_FOR_TEXT = 11
_MARK = 4


class PlacementPictureView(QWidget):
    """Draws a `PlacementPicture`; rows become lower until all fit. Names are in tooltips too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = PlacementPicture()
        self.setAccessibleName(self.tr("Tracks before and after"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(110)

    def sizeHint(self) -> QSize:
        """Room for some tracks on both sides."""
        return QSize(680, 220)

    @property
    def picture(self) -> PlacementPicture:
        """The picture that is drawn now."""
        return self._picture

    def show_picture(self, picture: PlacementPicture, sentence: str) -> None:
        """Draw `picture`; `sentence` describes it to screen readers."""
        self._picture = picture
        self.setAccessibleDescription(sentence)
        self.update()

    def row_height(self) -> float:
        """Return the height of a row, so that the longer side fits."""
        rows = max(len(self._picture.before), len(self._picture.after), 1)
        return min(_TALLEST_ROW, (self.height() - _HEAD) / rows)

    def row_at(self, place: QPoint) -> PictureRow | None:
        """Return the row under a point; None where there is none."""
        is_right = place.x() >= self._column(True).left()
        rows = self._picture.after if is_right else self._picture.before
        index = int((place.y() - _HEAD) / self.row_height()) if place.y() >= _HEAD else -1
        return rows[index] if 0 <= index < len(rows) else None

    def event(self, event: QEvent | None) -> bool:
        """Show the names of a row's track and new clips as tooltip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self.row_at(event.pos())
            names = [] if row is None else [row.name, *(bar.name for bar in row.bars if bar.is_new)]
            QToolTip.showText(event.globalPos(), "\n".join(names), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the tracks before and after, side by side."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shades = colours()
        for is_after, title, rows in (
            (False, self.tr("Before"), self._picture.before), (True, self.tr("After"), self._picture.after),
        ):  # fmt: skip
            column = self._column(is_after)
            painter.setPen(shades.dim_text)
            painter.drawText(column.adjusted(0, 0, 0, _HEAD - column.height()), Qt.AlignmentFlag.AlignLeft, title)
            painter.fillRect(column.adjusted(0, _HEAD, 0, 0), shades.panel)
            for index, row in enumerate(rows):
                self._paint_row(painter, column, _HEAD + index * self.row_height(), row)
            if is_after:
                self._paint_marks(painter, column)
        painter.end()

    def _column(self, is_after: bool) -> QRectF:
        width = (self.width() - _GAP) / 2
        return QRectF((width + _GAP) if is_after else 0.0, 0.0, width, self.height())

    def _names_width(self, column: QRectF) -> float:
        return min(170.0, column.width() * 0.4) if self.row_height() >= _LEAST_FOR_TEXT else 0.0

    def _paint_row(self, painter: QPainter, column: QRectF, top: float, row: PictureRow) -> None:
        shades, height, names = colours(), self.row_height(), self._names_width(column)
        box = QRectF(column.left(), top, column.width(), height)
        if row.is_new or row.is_changed:
            painter.fillRect(box, shades.raised)
            painter.fillRect(QRectF(box.left(), top, 3, height), shades.good if row.is_new else shades.accent)
        if names:
            font = self.font()
            font.setPixelSize(round(min(12.0, height - 4)))
            font.setBold(row.is_new)
            painter.setFont(font)
            painter.setPen(shades.text if row.is_new or row.is_changed else shades.dim_text)
            text = f"+ {row.label or row.name}" if row.is_new else row.name
            space = QRectF(box.left() + 7, top, names - 10, height)
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(space.width()))
            painter.drawText(space, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
        left, width = box.left() + names + 4, box.width() - names - 8
        for bar in row.bars:
            start, stop = left + bar.start * width, left + bar.stop * width
            self._paint_bar(painter, QRectF(start, top + 1, max(1.5, stop - start), max(1.0, height - 2)), bar)

    def _paint_bar(self, painter: QPainter, box: QRectF, bar: PictureBar) -> None:
        colour = self._colour(bar.colour) if bar.is_new else QColor(colours().waveform)
        if bar.muted:
            painter.setPen(QPen(colour, 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            painter.fillRect(box, colour)
        strip = box.height() / (len(bar.takes) + 1)
        for number, take in enumerate(bar.takes, 1):
            painter.fillRect(QRectF(box.left(), box.top() + number * strip, box.width(), strip), self._colour(take))

    def _paint_marks(self, painter: QPainter, column: QRectF) -> None:
        """Draw small triangles above the rows where new markers are."""
        left = column.left() + self._names_width(column) + 4
        width = column.right() - 4 - left
        painter.setPen(QPen(colours().accent, 1.5))
        for mark in self._picture.marks:
            at = left + mark * width
            painter.drawLine(QPoint(round(at), _HEAD - _MARK), QPoint(round(at), _HEAD))

    @staticmethod
    def _colour(number: int | None) -> QColor:
        return rest_colour() if number is None else lane_colour(number)
