"""The workspace: everything that the user decided, as one frozen value. Undo restores the value before.

Facts (content of files, results of jobs) are in `DocumentContent` and `TakeResult` instead; undo does not change them.
Field names are keys of the saved workspace; metadata "stored" has the key of a renamed field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix
from flowsep_plugin.effects import EffectChain
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.timeline import Marker

from .queries import QueryRow, settings_by_text, with_settings

DocumentKind: TypeAlias = Literal["files", "session"]
MOST_HISTORY = 60


@dataclass(frozen=True, slots=True)
class Document:
    """An open session, or audio files on tracks of their own that all start at 0.

    media_folders : where missing media of a session are looked for.     frame_rate : of a session that does not state
    its own, such as "25" or "29.97df"; None: not chosen.     streams : path of a video -> the sound stream that was
    chosen of it, as in `media.open_media`.
    """

    id: str
    kind: DocumentKind
    paths: tuple[Path, ...]
    media_folders: tuple[Path, ...] = ()
    frame_rate: str | None = None
    streams: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Title of the document's tab: its first file, and how many more."""
        first = self.paths[0].name if self.paths else ""
        return first if len(self.paths) < 2 else f"{first} +{len(self.paths) - 1}"


@dataclass(frozen=True, slots=True)
class WorkspaceSelection:
    """A selected span of the shown document, at its rate. `clip`: id of the clip it was made in.     tracks : ids."""

    span: Span
    clip: str | None = None
    tracks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """Queries with their render settings under a name."""

    name: str
    queries: tuple[QueryRow, ...] = field(metadata={"stored": "sounds"})


@dataclass(frozen=True, slots=True)
class EffectPreset:
    """A chain of effects under a name."""

    name: str
    chain: EffectChain


@dataclass(frozen=True, slots=True)
class Take:
    """One separation of a clip: its queries, span and seed.

    input, covers : the file and its span, in frames as it is read, at its rate.
    within : span on the timeline; None: the whole clip.
    channels : the file's channels that are separated, in that order; None for all of them.
    stream : the sound stream of a video, as in `media.open_media`; None for the default one.
    notes : remarks for the receipt.     queries : with negatives, and with the render settings of each.
    draft : few steps, its files only in the panel's own folder.     track : id of the clip's track, "" if unknown.
    """

    id: str
    number: int
    document: str
    clip: str
    input: Path
    covers: Span
    within: Span | None
    queries: tuple[QueryRow, ...] = field(metadata={"stored": "sounds"})
    seed: int = 0
    draft: bool = False
    model: str = "default"
    device: str = "auto"
    channels: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()
    track: str = ""
    stream: str | None = None

    @property
    def stem_queries(self) -> tuple[QueryRow, ...]:
        """The queries that become stems, without negatives."""
        return tuple(query for query in self.queries if not query.negative)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that the user decided.

    front_id : id of the document in front.     queries : of that document, with negatives.
    other_queries : id of a document that is not in front -> its queries.
    current : `clip_key` -> id of the take shown under that clip.
    draft : the take of the typed text, which undo skips; its lanes lie beside those of the shown takes.
    mixes : `track_lane_id` or `track_key` -> mix.     chains : `track_lane_id` -> effects of that lane.
    forced : ids of lanes whose sound was not found, and whose stems are written all the same.
    markers : document id -> the markers that the user set in the panel, at the document's rate, earliest first.
    out : folder for final stems; None: next to the clip or session.
    """

    documents: tuple[Document, ...] = ()
    front_id: str | None = field(default=None, metadata={"stored": "shown"})
    selected: WorkspaceSelection | None = None
    queries: tuple[QueryRow, ...] = field(default=(), metadata={"stored": "sounds"})
    other_queries: Mapping[str, tuple[QueryRow, ...]] = field(default_factory=dict)
    takes: tuple[Take, ...] = ()
    current: Mapping[str, str] = field(default_factory=dict)
    draft: Take | None = None
    mixes: Mapping[str, LaneMix] = field(default_factory=dict)
    chains: Mapping[str, EffectChain] = field(default_factory=dict)
    forced: tuple[str, ...] = ()
    markers: Mapping[str, tuple[Marker, ...]] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    favourites: tuple[str, ...] = ()
    presets: tuple[Preset, ...] = ()
    effect_presets: tuple[EffectPreset, ...] = ()
    model: str = "default"
    device: str = "auto"
    out: Path | None = None

    def document(self, name: str | None) -> Document | None:
        """Return the document of that id; None where there is none."""
        return next((document for document in self.documents if document.id == name), None)

    @property
    def front(self) -> Document | None:
        """The document in front; None where nothing is open."""
        return self.document(self.front_id)

    def take(self, name: str) -> Take | None:
        """Return the take or draft of that id; None where there is none."""
        if self.draft is not None and self.draft.id == name:
            return self.draft
        return next((take for take in self.takes if take.id == name), None)

    def takes_of(self, document: str, clip: str) -> tuple[Take, ...]:
        """Return the takes of a clip without the draft, the oldest first."""
        return tuple(take for take in self.takes if (take.document, take.clip) == (document, clip))

    def current_take(self, document: str, clip: str) -> Take | None:
        """Return the take shown under a clip; None where none is. A draft lies beside it and does not count."""
        return next((take for take in self.takes if take.id == self.current.get(clip_key(document, clip))), None)


def clip_key(document: str, clip: str) -> str:
    """Return the key of a clip in `Workspace.current`."""
    return f"{document}/{clip}"


def with_mix(workspace: Workspace, lane: str, mix: LaneMix) -> Workspace:
    """Return the workspace with the solo, mute and gain of a lane, or of a track by its `track_key`, replaced."""
    return replace(workspace, mixes={**workspace.mixes, lane: mix})


def with_render(workspace: Workspace, settings: Mapping[str, RenderSettings]) -> Workspace:
    """Return the workspace with new render settings of some sounds, by text, of the document in front.

    Its queries, its draft and the takes that are shown in it get them.
    """
    current = set(workspace.current.values())
    takes = tuple(
        _with_settings(take, settings) if take.id in current and take.document == workspace.front_id else take
        for take in workspace.takes
    )
    draft = workspace.draft
    return replace(
        workspace,
        queries=with_settings(workspace.queries, settings),
        takes=takes,
        draft=None if draft is None else _with_settings(draft, settings),
    )


def _with_settings(take: Take, settings: Mapping[str, RenderSettings]) -> Take:
    return replace(take, queries=with_settings(take.queries, settings))


def with_history(workspace: Workspace, texts: tuple[str, ...]) -> Workspace:
    """Return the workspace with `texts` in front of the history, each once, MOST_HISTORY at most."""
    newest = tuple(dict.fromkeys(texts))
    keys = {text.casefold() for text in newest}
    older = tuple(text for text in workspace.history if text.casefold() not in keys)
    return replace(workspace, history=(*newest, *older)[:MOST_HISTORY])


def with_favourite(workspace: Workspace, text: str, on: bool) -> Workspace:
    """Return the workspace with `text` among the favourites (`on`), or without it."""
    others = tuple(other for other in workspace.favourites if other.casefold() != text.casefold())
    return replace(workspace, favourites=(*others, text) if on else others)


def with_preset(workspace: Workspace, name: str) -> Workspace:
    """Return the workspace with its queries and their settings saved as preset `name`, replacing an older one."""
    others = tuple(preset for preset in workspace.presets if preset.name != name)
    return replace(workspace, presets=(*others, Preset(name, workspace.queries)))


def without_preset(workspace: Workspace, name: str) -> Workspace:
    """Return the workspace without the preset `name`."""
    return replace(workspace, presets=tuple(preset for preset in workspace.presets if preset.name != name))


def as_preset(workspace: Workspace, name: str) -> Workspace:
    """Return the workspace with the queries of preset `name` and their settings; unchanged where there is none."""
    preset = next((preset for preset in workspace.presets if preset.name == name), None)
    if preset is None:
        return workspace
    return with_render(replace(workspace, queries=preset.queries), settings_by_text(preset.queries))
