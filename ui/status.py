"""The status bar: the line of jobs, the selection, and the system: sound device, provider of the model, worker."""

from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.texts import number
from flowsep_ui.studio.workspace import WorkspaceSelection
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QLabel, QStatusBar, QWidget


class StatusLabels(QObject):
    """The two labels of the status bar, and one method to update each fact that they show."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.selection, self.system = QLabel(parent), QLabel(parent)
        self._silence, self._engine, self._worker, self._why = "", "", "", ""
        self._is_away = False

    def add_to(self, bar: QStatusBar, line: QWidget) -> None:
        """Add the line of jobs and the labels to `bar`."""
        bar.setSizeGripEnabled(False)
        bar.addWidget(line, 1)
        for label, name in ((self.selection, self.tr("Selection")), (self.system, self.tr("Sound device and model"))):
            label.setAccessibleName(name)
            label.setContentsMargins(8, 0, 8, 0)
            bar.addPermanentWidget(label)

    def show_selection(self, selected: WorkspaceSelection | None, content: DocumentContent | None) -> None:
        """Show what is separated: the selection's length in seconds, or the whole clip; nothing without a document."""
        if content is None:
            text = ""
        elif selected is not None:
            text = self.tr("{0} s selected").format(number(selected.span.seconds, 3))
        elif len(list(content.timeline.clips())) == 1:
            text = self.tr("whole clip")
        else:
            text = self.tr("nothing selected")
        self.selection.setText(text)

    def show_silence(self, why: str) -> None:
        """Show that no sound device plays, with the reason `why` as tooltip; "" hides that."""
        self._silence = why
        self._show_system()

    def show_engine(self, event: dict[str, object]) -> None:
        """Show an engine event of the worker: `is` ("loading", "loaded", "let go") and `provider`."""
        words = {
            "loading": self.tr("loading the model…"),
            "loaded": self.tr("runs on {0}").format(event.get("provider", "?")),
            "let go": self.tr("model unloaded"),
        }
        self._engine = words.get(str(event.get("is")), self._engine)
        self._show_system()

    def show_worker(self, state: str, why: str) -> None:
        """Show the state of the worker as `Link.state_changed` names it, with `why` as tooltip."""
        words = {
            "starting": self.tr("worker: starting"), "ready": self.tr("worker: ready"),
            "resting": self.tr("worker: idle"), "away": self.tr("worker: not reachable"),
        }  # fmt: skip
        self._worker, self._why, self._is_away = words[state], why, state == "away"
        self._show_system()

    def _show_system(self) -> None:
        """Show the most urgent fact as text, all of them as tooltip."""
        silence = self.tr("no audio device: playing silently") if self._silence else ""
        urgent = self._worker if self._is_away else silence
        usual = self._engine.split(" (")[0]
        facts = (silence, self._silence, self._engine, self._worker, self._why)
        self.system.setObjectName("warning" if urgent else "")
        style = self.system.style()
        if style is not None:
            style.unpolish(self.system)
            style.polish(self.system)
        self.system.setText(urgent or usual or self._worker)
        self.system.setToolTip("\n".join(filter(None, facts)))
        self.system.setAccessibleDescription(self.system.toolTip())
