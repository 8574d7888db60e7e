"""What is open: added, shown, closed; each a new workspace."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flowsep_plugin.timeline import session_suffixes

from .workspace import Document, Workspace, clip_key

AUDIO_SUFFIXES = (
    ".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".aif", ".aiff", ".aifc", ".ogg", ".oga", ".opus", ".mp3",
    ".caf",
)  # fmt: skip


def is_session(path: Path) -> bool:
    """Whether a file's name is one of a session."""
    return path.suffix.lower() in session_suffixes()


def with_opened(workspace: Workspace, paths: Sequence[Path]) -> Workspace:
    """Open sessions in tabs of their own, and audio files under each other in one; show the last.

    Audio files join the document in front where that holds files; what is open already is only shown.
    """
    for path in (path.absolute() for path in paths):
        known = next((document for document in workspace.documents if path in document.paths), None)
        if known is not None:
            workspace = replace(workspace, shown=known.id)
        elif is_session(path):
            workspace = _with_document(workspace, Document(_new_id(workspace), "session", (path,)))
        else:
            workspace = _with_file(workspace, path)
    return replace(workspace, selected=None)


def with_shown(workspace: Workspace, name: str) -> Workspace:
    """Bring a document to the front."""
    if workspace.document(name) is None or workspace.shown == name:
        return workspace
    return replace(workspace, shown=name, selected=None)


def without_document(workspace: Workspace, name: str) -> Workspace:
    """Close a document; its takes go with it, their files stay where they are."""
    index = next((i for i, document in enumerate(workspace.documents) if document.id == name), None)
    if index is None:
        return workspace
    left = tuple(document for document in workspace.documents if document.id != name)
    shown = workspace.shown
    if shown == name:
        shown = left[min(index, len(left) - 1)].id if left else None
    gone = {take.id for take in workspace.takes if take.document == name}
    draft = workspace.draft
    return replace(
        workspace,
        documents=left,
        shown=shown,
        selected=workspace.selected if shown == workspace.shown else None,
        takes=tuple(take for take in workspace.takes if take.document != name),
        current={clip: take for clip, take in workspace.current.items() if take not in gone},
        draft=None if draft is not None and draft.document == name else draft,
        mixes={lane: mix for lane, mix in workspace.mixes.items() if lane.rpartition("/")[0] not in gone},
    )


def without_file(workspace: Workspace, name: str, path: Path) -> Workspace:
    """Take one audio file out of a document of files; the last one closes it."""
    document = workspace.document(name)
    if document is None or path not in document.paths:
        return workspace
    left = tuple(other for other in document.paths if other != path)
    if not left:
        return without_document(workspace, name)
    gone = {take.id for take in workspace.takes if take.document == name and take.input == path}
    return replace(
        _replaced(workspace, replace(document, paths=left)),
        takes=tuple(take for take in workspace.takes if take.id not in gone),
        current={clip: take for clip, take in workspace.current.items() if take not in gone},
        draft=None,
        selected=None,
    )


def file_clip_id(path: Path) -> str:
    """The id of an audio file's clip in a document of files."""
    return str(path)


def shown_takes(workspace: Workspace) -> tuple[str, ...]:
    """Ids of the takes that lie under clips of the document in front, the draft among them."""
    front = workspace.shown
    shown = [
        take.id for take in workspace.takes if take.document == front and _is_current(workspace, take.clip, take.id)
    ]
    draft = workspace.draft
    return (*shown, *([draft.id] if draft is not None and draft.document == front else []))


def _is_current(workspace: Workspace, clip: str, take: str) -> bool:
    return workspace.shown is not None and workspace.current.get(clip_key(workspace.shown, clip)) == take


def _with_file(workspace: Workspace, path: Path) -> Workspace:
    front = workspace.front
    if front is not None and front.kind == "files":
        return _replaced(workspace, replace(front, paths=(*front.paths, path)))
    return _with_document(workspace, Document(_new_id(workspace), "files", (path,)))


def _with_document(workspace: Workspace, document: Document) -> Workspace:
    return replace(workspace, documents=(*workspace.documents, document), shown=document.id)


def _replaced(workspace: Workspace, document: Document) -> Workspace:
    documents = tuple(document if old.id == document.id else old for old in workspace.documents)
    return replace(workspace, documents=documents)


def _new_id(workspace: Workspace) -> str:
    taken = {document.id for document in workspace.documents} | {take.document for take in workspace.takes}
    return next(f"d{number}" for number in range(1, len(taken) + 2) if f"d{number}" not in taken)
