"""The studio as a Qt object: the workspace, its undo stack, contents of open documents, results of takes; with signals.

It decides nothing: functions of `flowsep_ui.studio` compute the new values.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from flowsep_ui.studio.document_content import DocumentContent, read_document
from flowsep_ui.studio.documents import with_opened, without_unreadable
from flowsep_ui.studio.results import Results, TakeResult
from flowsep_ui.studio.workspace import Document, Workspace
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoCommand, QUndoStack

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.untrusted.isolated import cancelled_by

from .tasks import TaskRunner
from .ways_out import message_of

Change = Callable[[Workspace], Workspace]
"""A pure step from one workspace to the next."""


class StudioModel(QObject):
    """Owner of the values that every panel shows, and the only place where they change.

    workspace_changed : the workspaces before and after.     result_changed : id of the take.
    document_read : id of the document, readable or not.     failed : an `ErrorText`, or a text without a way out.
    """

    workspace_changed = pyqtSignal(object, object)
    result_changed = pyqtSignal(str)
    document_read = pyqtSignal(str)
    failed = pyqtSignal(object)

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
        """The current workspace, changed by `do`, `amend` and `show`."""
        return self._workspace

    @property
    def results(self) -> Results:
        """Results of all takes, by take id."""
        return self._results

    def content(self, document: str | None) -> DocumentContent | None:
        """Return the content of a document; None while it is being read, and where it cannot be read."""
        return None if document is None else self._contents.get(document)

    @property
    def front(self) -> DocumentContent | None:
        """Content of the document in front; None as in `content`."""
        return self.content(self._workspace.front_id)

    def result(self, take: str) -> TakeResult:
        """Return the result of a take; an empty one where there is none yet."""
        return self._results.get(take, TakeResult())

    def do(self, text: str, change: Change, merge: str | None = None) -> bool:
        """Change the workspace as one undo step `text`; consecutive steps of one `merge` name become one, until `seal`.

        Returns False, emits `failed` and changes nothing where `change` raises FlowsepError.
        """
        try:
            after = change(self._workspace)
        except FlowsepError as error:
            self.failed.emit(message_of(error))
            return False
        if after != self._workspace:
            self.undo_stack.push(_Step(self, text, self._workspace, after, merge and f"{merge} {self._serial}"))
        return True

    def seal(self) -> None:
        """Start a new undo step: the next `do` merges with none before it."""
        self._serial += 1

    def amend(self, change: Change) -> None:
        """Change the workspace without an undo step: for drafts and defaults that the user did not decide."""
        self.show(change(self._workspace))

    def show(self, workspace: Workspace) -> None:
        """Replace the workspace without an undo step and start reading its new documents."""
        before, self._workspace = self._workspace, workspace
        if workspace == before:
            return
        self._read_new()
        self.workspace_changed.emit(before, workspace)

    def restore(self, workspace: Workspace, results: Results) -> None:
        """Replace workspace and results by saved ones and clear the undo stack."""
        self._results = dict(results)
        self.undo_stack.clear()
        self.show(workspace)

    def set_result(self, take: str, result: TakeResult | None) -> None:
        """Replace the result of a take; None removes it."""
        if result is None:
            self._results.pop(take, None)
        elif self._results.get(take) == result:
            return
        else:
            self._results[take] = result
        self.result_changed.emit(take)

    def open(self, paths: Sequence[Path]) -> None:
        """Open files and sessions as one undo step; emits `failed` for a missing file."""
        missing = [path for path in paths if not path.is_file()]
        if missing:
            self.failed.emit(self.tr("{0} does not exist; open another file.").format(missing[0]))
        if existing := [path for path in paths if path not in missing]:
            text = self.tr("Open {0}").format(existing[0].name)
            self.do(text, lambda workspace: with_opened(workspace, existing))

    def reread(self, document: str) -> None:
        """Read a document again after its file was written; the old content is shown until then."""
        self._reading.pop(document, None)
        self._read_new()

    def _read_new(self) -> None:
        for document in self._workspace.documents:
            if self._reading.get(document.id) == document:
                continue
            self._reading[document.id] = document
            self._tasks.run(
                partial(self._read, document, self._scratch()),
                partial(self._finish_reading, document),
                partial(self._fail_reading, document),
            )
        open_ids = {document.id for document in self._workspace.documents}
        for closed in [name for name in self._reading if name not in open_ids]:
            del self._reading[closed]
            self._contents.pop(closed, None)

    def _read(self, document: Document, scratch: Path) -> DocumentContent:
        """Read a document in the background, until it is closed or read anew."""
        with cancelled_by(lambda: self._reading.get(document.id) != document):
            return read_document(document, scratch)

    def stop_reading(self) -> None:
        """End the reading of documents that has not ended; neither content nor error of them arrives."""
        self._reading.clear()

    def _finish_reading(self, document: Document, content: DocumentContent) -> None:
        if self._reading.get(document.id) != document:  # closed or changed while it was being read
            return
        before = self._contents.get(document.id)
        self._contents[document.id] = content
        if content.problem and (before is None or before.problem != content.problem):  # placing reads it again
            self.failed.emit(content.problem)
        self.document_read.emit(document.id)
        self._leave_out(document, content.unreadable)

    def _fail_reading(self, document: Document, why: str) -> None:
        if self._reading.get(document.id) == document:
            self.failed.emit(why)
            self.document_read.emit(document.id)
            if document.kind == "files":
                self._leave_out(document, document.paths)

    def _leave_out(self, document: Document, paths: Sequence[Path]) -> None:
        """Close files that cannot be read, so that titles do not count them and the next start does not try again."""
        self.amend(lambda workspace: without_unreadable(workspace, document.id, paths))


class _Step(QUndoCommand):
    """Undo step between two workspaces. It restores no draft, which the user did not decide on."""

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
