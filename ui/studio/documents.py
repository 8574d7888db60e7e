"""Open, show and close documents: each function returns a new workspace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from flowsep_plugin.timeline import parse_rate, session_suffixes

from .queries import with_default_settings
from .workspace import Document, Workspace, clip_key

AUDIO_SUFFIXES = (
    ".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".aif", ".aiff", ".aifc", ".ogg", ".oga", ".opus", ".mp3",
    ".caf", ".mxf",
)  # fmt: skip


def is_session(path: Path) -> bool:
    """Return whether the suffix of `path` is one of a session format."""
    return path.suffix.lower() in session_suffixes()


def with_opened(workspace: Workspace, paths: Sequence[Path]) -> Workspace:
    """Return the workspace with `paths` open: a document per session, one document for audio files; the last is shown.

    Audio files join the document in front if that holds files. A path that is open already is only shown.
    A new document starts with the queries of the one in front, and with default render settings.
    """
    for path in (path.absolute() for path in paths):
        existing = next((document for document in workspace.documents if path in document.paths), None)
        if existing is not None:
            workspace = _with_front(workspace, existing.id)
        elif is_session(path):
            workspace = _with_document(workspace, Document(_new_id(workspace), "session", (path,)))
        else:
            workspace = _with_file(workspace, path)
    return replace(workspace, selected=None)


def with_shown(workspace: Workspace, name: str) -> Workspace:
    """Return the workspace with document `name` in front, with its queries, and nothing selected."""
    if workspace.document(name) is None or workspace.front_id == name:
        return workspace
    return replace(_with_front(workspace, name), selected=None)


def without_document(workspace: Workspace, name: str) -> Workspace:
    """Return the workspace without document `name` and its takes; their files stay on disk."""
    index = next((i for i, document in enumerate(workspace.documents) if document.id == name), None)
    if index is None:
        return workspace
    others = tuple(document for document in workspace.documents if document.id != name)
    selected = None if workspace.front_id == name else workspace.selected
    if workspace.front_id == name:
        workspace = _with_front(workspace, others[min(index, len(others) - 1)].id if others else None)
    removed = {take.id for take in workspace.takes if take.document == name}
    draft = workspace.draft
    return replace(
        workspace,
        documents=others,
        selected=selected,
        other_queries={key: queries for key, queries in workspace.other_queries.items() if key != name},
        takes=tuple(take for take in workspace.takes if take.document != name),
        current={clip: take for clip, take in workspace.current.items() if take not in removed},
        draft=None if draft is not None and draft.document == name else draft,
        mixes={lane: mix for lane, mix in workspace.mixes.items() if not is_lane_of(lane, name)},
        chains={lane: chain for lane, chain in workspace.chains.items() if not is_lane_of(lane, name)},
        forced=tuple(lane for lane in workspace.forced if not is_lane_of(lane, name)),
    )


def without_file(workspace: Workspace, name: str, path: Path) -> Workspace:
    """Return the workspace without one audio file of a document; removing the last file closes the document."""
    document = workspace.document(name)
    if document is None or path not in document.paths:
        return workspace
    others = tuple(other for other in document.paths if other != path)
    if not others:
        return without_document(workspace, name)
    removed = {take.id for take in workspace.takes if take.document == name and take.input == path}
    return replace(
        _replaced(workspace, replace(document, paths=others)),
        takes=tuple(take for take in workspace.takes if take.id not in removed),
        current={clip: take for clip, take in workspace.current.items() if take not in removed},
        draft=None,
        selected=None,
    )


def without_unreadable(workspace: Workspace, name: str, paths: Iterable[Path]) -> Workspace:
    """Return the workspace without files of a document that are no audio.

    Files that have takes, and those that are not there now, as of a disk that is away, stay.
    """
    separated = {take.input for take in workspace.takes if take.document == name}
    for path in paths:
        if path not in separated and path.is_file():
            workspace = without_file(workspace, name, path)
    return workspace


def with_media_folder(workspace: Workspace, name: str, folder: Path) -> Workspace:
    """Return the workspace in which missing media of session `name` are also looked for below `folder`."""
    document = workspace.document(name)
    if document is None or folder in document.media_folders:
        return workspace
    return _replaced(workspace, replace(document, media_folders=(*document.media_folders, folder)))


def with_frame_rate(workspace: Workspace, name: str, rate: str) -> Workspace:
    """Return the workspace with the frame rate of session `name` set, such as "25" or "29.97df".

    Raises UsageError for a text that is not a frame rate.
    """
    document = workspace.document(name)
    if document is None:
        return workspace
    return _replaced(workspace, replace(document, frame_rate=str(parse_rate(rate))))


def is_lane_of(lane: str, document: str) -> bool:
    """Return whether `lane`, a lane id or track key, belongs to `document`."""
    return lane.startswith(f"{document}\n")


def with_streams(workspace: Workspace, name: str, streams: Mapping[Path, str]) -> Workspace:
    """Return the workspace with the sound streams of some videos of document `name` chosen, by path."""
    document = workspace.document(name)
    if document is None:
        return workspace
    choices = {**document.streams, **{str(path): stream for path, stream in streams.items()}}
    return workspace if choices == document.streams else _replaced(workspace, replace(document, streams=choices))


def file_clip_id(path: Path, stream: str | None = None) -> str:
    """Return the clip id of an audio file in a document of files; streams of a video have takes of their own."""
    return str(path) if stream is None else f"{path}\nstream {stream}"


def shown_takes(workspace: Workspace) -> tuple[str, ...]:
    """Return the ids of the takes shown under clips of the document in front, with the draft."""
    front = workspace.front_id
    ids = [take.id for take in workspace.takes if take.document == front and _is_current(workspace, take.clip, take.id)]
    draft = workspace.draft
    return (*ids, *([draft.id] if draft is not None and draft.document == front else []))


def _is_current(workspace: Workspace, clip: str, take: str) -> bool:
    return workspace.front_id is not None and workspace.current.get(clip_key(workspace.front_id, clip)) == take


def _with_front(workspace: Workspace, name: str | None) -> Workspace:
    """Return the workspace with document `name`, or none, in front, and with that document's queries."""
    front = workspace.front_id
    if front == name:
        return workspace
    others = dict(workspace.other_queries)
    if front is not None:
        others[front] = workspace.queries
    inherited = workspace.queries if front is None else with_default_settings(workspace.queries)
    queries = inherited if name is None else others.pop(name, inherited)
    return replace(workspace, front_id=name, queries=queries, other_queries=others)


def _with_file(workspace: Workspace, path: Path) -> Workspace:
    front = workspace.front
    if front is not None and front.kind == "files":
        return _replaced(workspace, replace(front, paths=(*front.paths, path)))
    return _with_document(workspace, Document(_new_id(workspace), "files", (path,)))


def _with_document(workspace: Workspace, document: Document) -> Workspace:
    return _with_front(replace(workspace, documents=(*workspace.documents, document)), document.id)


def _replaced(workspace: Workspace, document: Document) -> Workspace:
    documents = tuple(document if old.id == document.id else old for old in workspace.documents)
    return replace(workspace, documents=documents)


def _new_id(workspace: Workspace) -> str:
    ids = {document.id for document in workspace.documents} | {take.document for take in workspace.takes}
    return next(f"d{number}" for number in range(1, len(ids) + 2) if f"d{number}" not in ids)
