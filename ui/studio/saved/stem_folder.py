"""The folder for final stems: next to the clip or session, and elsewhere where nothing can be written there."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from flowsep_ui.studio.document_content import STEM_FOLDER, DocumentContent
from flowsep_ui.studio.workspace import Take, Workspace


def usual_folder(workspace: Workspace, content: DocumentContent | None, take: Take) -> Path:
    """Return the folder for the stems of `take`: the chosen one, the session's, or one next to the audio file."""
    document = workspace.document(take.document)
    if workspace.out is not None:
        return workspace.out
    if document is not None and document.kind == "session" and content is not None:
        return content.out.absolute()
    return take.input.absolute().parent / STEM_FOLDER


def writable_folder(usual: Path, other: Path, can_write: Callable[[Path], bool]) -> Path:
    """Return `usual`, or `other` where only that can be written to, as for a clip on read-only media."""
    return other if not can_write(usual) and can_write(other) else usual


def can_write(folder: Path) -> bool:
    """Return whether files can be written in `folder`, which need not exist: tried with a temporary file."""
    existing = next((parent for parent in (folder, *folder.parents) if parent.is_dir()), None)
    if existing is None:
        return False
    try:
        with tempfile.TemporaryFile(dir=existing, prefix=".flowsep-"):
            return True
    except OSError:
        return False
