"""The status bar: sound device, selection, what the model runs on, how the worker is."""

from flowsep_ui.studio.workspace import WorkspaceSelection
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QLabel, QStatusBar, QWidget


class StatusLabels(QObject):
    """Four labels and what they say."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.silence, self.selection, self.engine, self.worker = (QLabel(parent) for _ in range(4))
        self.silence.setObjectName("warning")
        self.silence.hide()

    def put_into(self, bar: QStatusBar) -> None:
        """Lay them out."""
        bar.setSizeGripEnabled(False)
        for label, name in (
            (self.silence, self.tr("Sound device")), (self.selection, self.tr("Selection")),
            (self.engine, self.tr("Model")), (self.worker, self.tr("Worker")),
        ):  # fmt: skip
            label.setAccessibleName(name)
            label.setContentsMargins(10, 0, 10, 0)
            bar.addPermanentWidget(label)
        self.silence.hide()

    def show_selection(self, selected: WorkspaceSelection | None) -> None:
        """How long it is."""
        if selected is None:
            self.selection.setText(self.tr("nothing selected: the whole clip"))
        else:
            self.selection.setText(self.tr("%1 s selected").replace("%1", f"{selected.span.seconds:.3f}"))

    def show_silence(self, why: str) -> None:
        """There is no sound device; the reason is the tooltip."""
        self.silence.setText(self.tr("no sound device: plays silently"))
        self.silence.setToolTip(why)
        self.silence.setVisible(bool(why))

    def show_engine(self, told: dict[str, object]) -> None:
        """What the worker says of its engine."""
        words = {
            "loading": self.tr("loading the model…"),
            "loaded": self.tr("runs on %1").replace("%1", str(told.get("provider", "?"))),
            "let go": self.tr("model let go"),
        }
        self.engine.setText(words.get(str(told.get("is")), self.engine.text()))

    def show_worker(self, state: str, why: str) -> None:
        """What the link says of the worker."""
        words = {
            "starting": self.tr("worker: starting"), "ready": self.tr("worker: ready"),
            "resting": self.tr("worker: resting"), "away": self.tr("worker: away"),
        }  # fmt: skip
        self.worker.setText(words[state])
        self.worker.setToolTip(why)
