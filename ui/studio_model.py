"""The studio for Qt: one workspace, its undo stack, what is known; and signals when one of them is another.

Nothing is decided here: functions of `flowsep_ui.studio` make the new values.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from flowsep_ui.studio.document_content import DocumentContent, read_document
from flowsep_ui.studio.documents import with_opened
from flowsep_ui.studio.results import Results, TakeResult
from flowsep_ui.studio.workspace import Document, Workspace
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoCommand, QUndoStack

from flowsep_plugin.errors import FlowsepError

from .tasks import TaskRunner

Change = Callable[[Workspace], Workspace]


class StudioModel(QObject):
    """The value that every panel shows, and the only place where it becomes another.

    workspace_changed : before, after.     result_changed : id of the take.     document_read : its id.
    failed : in words, with a way out.
    """

    workspace_changed = pyqtSignal(object, object)
    result_changed = pyqtSignal(str)
    document_read = pyqtSignal(str)
    failed = pyqtSignal(str)

    def __init__(self, tasks: TaskRunner, scratch: Callable[[], Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._workspace = Workspace()
        self._results: dict[str, TakeResult] = {}
        self._contents: dict[str, DocumentContent] = {}
        self._reading: dict[str, Document] = {}
        self._tasks, self._scratch = tasks, scratch
        self._serial = 0

    @property
    def workspace(self) -> Workspace:
        """As it is now."""
        return self._workspace

    @property
    def results(self) -> Results:
        """What is known of takes."""
        return self._results

    def content(self, document: str | None) -> DocumentContent | None:
        """What a document holds; None while it is read, and where it cannot be."""
        return None if document is None else self._contents.get(document)

    @property
    def front(self) -> DocumentContent | None:
        """What the document in front holds."""
        return self.content(self._workspace.shown)

    def result(self, take: str) -> TakeResult:
        """What is known of a take; an empty result where nothing is."""
        return self._results.get(take, TakeResult())

    def do(self, text: str, change: Change, merge: str | None = None) -> bool:
        """Change the workspace as one step of undo; `merge`: steps of that name in a row, until `seal`, are one.

        Returns False, and tells why, where the change raises FlowsepError; nothing is changed then.
        """
        try:
            after = change(self._workspace)
        except FlowsepError as error:
            self.failed.emit(str(error))
            return False
        if after != self._workspace:
            self.undo_stack.push(_Step(self, text, self._workspace, after, merge and f"{merge} {self._serial}"))
        return True

    def seal(self) -> None:
        """What comes now is a step of its own."""
        self._serial += 1

    def amend(self, change: Change) -> None:
        """Change the workspace without a step of undo: for what is no decision (drafts)."""
        self.show(change(self._workspace))

    def show(self, workspace: Workspace) -> None:
        """Take on a workspace as it is; documents that are new in it are read."""
        before, self._workspace = self._workspace, workspace
        if workspace == before:
            return
        self._read_new()
        self.workspace_changed.emit(before, workspace)

    def restore(self, workspace: Workspace, results: Results) -> None:
        """Begin with what was saved; nothing of before can be undone."""
        self._results = dict(results)
        self.undo_stack.clear()
        self.show(workspace)

    def set_result(self, take: str, result: TakeResult | None) -> None:
        """Know this of a take; None forgets it."""
        if result is None:
            self._results.pop(take, None)
        elif self._results.get(take) == result:
            return
        else:
            self._results[take] = result
        self.result_changed.emit(take)

    def open(self, paths: Sequence[Path]) -> None:
        """Open files and sessions; what is not there is told."""
        missing = [path for path in paths if not path.is_file()]
        if missing:
            said = self.tr("%1 is not there (any more); open another file")
            self.failed.emit(said.replace("%1", str(missing[0])))
        if there := [path for path in paths if path not in missing]:
            said = self.tr("Open %1").replace("%1", there[0].name)
            self.do(said, lambda workspace: with_opened(workspace, there))

    def reread(self, document: str) -> None:
        """Read a document again, after its file was written; what was read before is shown until then."""
        self._reading.pop(document, None)
        self._read_new()

    def _read_new(self) -> None:
        for document in self._workspace.documents:
            if self._reading.get(document.id) == document:
                continue
            self._reading[document.id] = document
            self._tasks.run(
                partial(read_document, document, self._scratch()),
                partial(self._was_read, document),
                partial(self._was_not_read, document),
            )
        known = {document.id for document in self._workspace.documents}
        for gone in [name for name in self._reading if name not in known]:
            del self._reading[gone]
            self._contents.pop(gone, None)

    def _was_read(self, document: Document, content: DocumentContent) -> None:
        if self._reading.get(document.id) != document:  # closed, or changed, while it was read
            return
        self._contents[document.id] = content
        if content.trouble:
            self.failed.emit(content.trouble)
        self.document_read.emit(document.id)

    def _was_not_read(self, document: Document, words: str) -> None:
        if self._reading.get(document.id) == document:
            self.failed.emit(words)
            self.document_read.emit(document.id)


class _Step(QUndoCommand):
    """Before and after. Drafts are no decision: neither undo nor redo brings one back."""

    def __init__(self, model: StudioModel, text: str, before: Workspace, after: Workspace, merge: str | None) -> None:
        super().__init__(text)
        self._model, self._before, self._after, self._merge = model, before, after, merge
        self._is_first = True

    def id(self) -> int:
        return -1 if self._merge is None else hash(self._merge) & 0x7FFFFFFF

    def mergeWith(self, other: QUndoCommand | None) -> bool:
        if not isinstance(other, _Step) or other._merge != self._merge:
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        self._model.show(replace(self._before, draft=None))

    def redo(self) -> None:
        after = self._after if self._is_first else replace(self._after, draft=None)
        self._is_first = False
        self._model.show(after)
