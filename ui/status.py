"""The status bar: sound device, selection, provider of the model, state of the worker."""

from flowsep_ui.studio.workspace import WorkspaceSelection
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QLabel, QStatusBar, QWidget


class StatusLabels(QObject):
    """Labels of the status bar, and one method to update each."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.silence, self.selection, self.engine, self.worker = (QLabel(parent) for _ in range(4))
        self.silence.setObjectName("warning")
        self.silence.hide()

    def add_to(self, bar: QStatusBar) -> None:
        """Add the labels to `bar`."""
        bar.setSizeGripEnabled(False)
        for label, name in (
            (self.silence, self.tr("Audio device")), (self.selection, self.tr("Selection")),
            (self.engine, self.tr("Model")), (self.worker, self.tr("Worker")),
        ):  # fmt: skip
            label.setAccessibleName(name)
            label.setContentsMargins(10, 0, 10, 0)
            bar.addPermanentWidget(label)
        self.silence.hide()

    def show_selection(self, selected: WorkspaceSelection | None) -> None:
        """Show the length of the selection in seconds."""
        if selected is None:
            self.selection.setText(self.tr("no selection: the whole clip"))
        else:
            self.selection.setText(self.tr("{0} s selected").format(f"{selected.span.seconds:.3f}"))

    def show_silence(self, why: str) -> None:
        """Show that no sound device plays, with the reason `why` as tooltip; "" hides the label."""
        self.silence.setText(self.tr("no audio device: playing silently"))
        self.silence.setToolTip(why)
        self.silence.setVisible(bool(why))

    def show_engine(self, event: dict[str, object]) -> None:
        """Show an engine event of the worker: `is` ("loading", "loaded", "let go") and `provider`."""
        words = {
            "loading": self.tr("loading the model…"),
            "loaded": self.tr("runs on {0}").format(event.get("provider", "?")),
            "let go": self.tr("model unloaded"),
        }
        self.engine.setText(words.get(str(event.get("is")), self.engine.text()))

    def show_worker(self, state: str, why: str) -> None:
        """Show the state of the worker as `Link.state_changed` names it, with `why` as tooltip."""
        words = {
            "starting": self.tr("worker: starting"), "ready": self.tr("worker: ready"),
            "resting": self.tr("worker: idle"), "away": self.tr("worker: not reachable"),
        }  # fmt: skip
        self.worker.setText(words[state])
        self.worker.setToolTip(why)
