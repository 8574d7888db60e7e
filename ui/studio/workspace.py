"""All that the user has decided, as one frozen value: what is open, asked, taken, mixed. Undo is the value before.

Facts (what a file holds, what a job found) are not in here: they are in `Opened` and `Result`, and undo never
takes them away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.render_settings import RenderSettings

from .queries import QueryRow

DocumentKind: TypeAlias = Literal["files", "session"]
MOST_HISTORY = 60


@dataclass(frozen=True, slots=True)
class Document:
    """Something open: a session, or audio files under each other, all from 0."""

    id: str
    kind: DocumentKind
    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """For its tab."""
        first = self.paths[0].name if self.paths else "nothing"
        return first if len(self.paths) < 2 else f"{first} +{len(self.paths) - 1}"


@dataclass(frozen=True, slots=True)
class WorkspaceSelection:
    """A range of the shown document, at its rate; `clip` where it was made in one, `tracks` it reaches over."""

    span: Span
    clip: str | None = None
    tracks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mix:
    """How a lane is heard."""

    solo: bool = False
    mute: bool = False
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Preset:
    """Sounds and settings under a name."""

    name: str
    sounds: tuple[QueryRow, ...]
    render: RenderSettings


@dataclass(frozen=True, slots=True)
class Take:
    """One try at a clip: what was asked of which part, with which seed.

    input, covers : the file and its part, at the file's rate.     within : the part of the timeline; None all of it.
    draft : few steps, kept nowhere but in the panel's own folder.
    """

    id: str
    number: int
    document: str
    clip: str
    input: Path
    covers: Span
    within: Span | None
    sounds: tuple[QueryRow, ...]
    seed: int = 0
    draft: bool = False
    render: RenderSettings = field(default_factory=RenderSettings)
    model: str = "default"
    device: str = "auto"

    @property
    def queries(self) -> tuple[QueryRow, ...]:
        """The sounds that become stems."""
        return tuple(sound for sound in self.sounds if not sound.negative)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything.

    shown : id of the document in front.     current : clip -> the take whose stems are shown under it, by
    `clip_key`.     mixes : lane -> how it is heard.     out : where finals go; None is beside the clip or session.
    draft : the take that is being typed; not undone by itself.
    """

    documents: tuple[Document, ...] = ()
    shown: str | None = None
    selected: WorkspaceSelection | None = None
    sounds: tuple[QueryRow, ...] = ()
    render: RenderSettings = field(default_factory=RenderSettings)
    takes: tuple[Take, ...] = ()
    current: Mapping[str, str] = field(default_factory=dict)
    draft: Take | None = None
    mixes: Mapping[str, Mix] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    favourites: tuple[str, ...] = ()
    presets: tuple[Preset, ...] = ()
    model: str = "default"
    device: str = "auto"
    out: Path | None = None

    def document(self, name: str | None) -> Document | None:
        """The document of that id."""
        return next((document for document in self.documents if document.id == name), None)

    @property
    def front(self) -> Document | None:
        """The document that is shown."""
        return self.document(self.shown)

    def take(self, name: str) -> Take | None:
        """The take of that id, the draft among them."""
        if self.draft is not None and self.draft.id == name:
            return self.draft
        return next((take for take in self.takes if take.id == name), None)

    def takes_of(self, document: str, clip: str) -> tuple[Take, ...]:
        """Every final take of a clip, in order."""
        return tuple(take for take in self.takes if (take.document, take.clip) == (document, clip))

    def current_take(self, document: str, clip: str) -> Take | None:
        """The take whose stems lie under a clip now: the draft while one is typed, else the chosen one."""
        draft = self.draft
        if draft is not None and (draft.document, draft.clip) == (document, clip):
            return draft
        return self.take(self.current.get(clip_key(document, clip), ""))


def clip_key(document: str, clip: str) -> str:
    """How `current` names a clip."""
    return f"{document}/{clip}"


def lane_id(take: str, index: int | None) -> str:
    """How `mixes` and the view name a lane: stem `index` of a take, None for its rest. Inverse: `lane_of`."""
    return f"{take}/{'rest' if index is None else index}"


def lane_of(lane: str) -> tuple[str, int | None]:
    """Take and stem of a lane; None for the rest. Inverse: `lane_id`."""
    take, _, index = lane.rpartition("/")
    return take, None if index == "rest" else int(index)


def with_mix(workspace: Workspace, lane: str, mix: Mix) -> Workspace:
    """Hear a lane so."""
    return replace(workspace, mixes={**workspace.mixes, lane: mix})


def with_render(workspace: Workspace, render: RenderSettings) -> Workspace:
    """Render so: the settings of what comes, and of the takes that are shown in the document in front."""
    shown = set(workspace.current.values())
    takes = tuple(
        replace(take, render=render) if take.id in shown and take.document == workspace.shown else take
        for take in workspace.takes
    )
    draft = workspace.draft
    return replace(
        workspace, render=render, takes=takes, draft=None if draft is None else replace(draft, render=render)
    )


def with_history(workspace: Workspace, texts: tuple[str, ...]) -> Workspace:
    """Put texts in front of the history, each once."""
    fresh = tuple(dict.fromkeys(texts))
    known = {text.casefold() for text in fresh}
    kept = tuple(text for text in workspace.history if text.casefold() not in known)
    return replace(workspace, history=(*fresh, *kept)[:MOST_HISTORY])


def with_favourite(workspace: Workspace, text: str, queries: bool) -> Workspace:
    """Add a text to the favourites, or take it off."""
    others = tuple(other for other in workspace.favourites if other.casefold() != text.casefold())
    return replace(workspace, favourites=(*others, text) if queries else others)


def with_preset(workspace: Workspace, name: str) -> Workspace:
    """Keep sounds and settings under a name; one of that name is replaced."""
    kept = tuple(preset for preset in workspace.presets if preset.name != name)
    return replace(workspace, presets=(*kept, Preset(name, workspace.sounds, workspace.render)))


def without_preset(workspace: Workspace, name: str) -> Workspace:
    """Forget a preset."""
    return replace(workspace, presets=tuple(preset for preset in workspace.presets if preset.name != name))


def as_preset(workspace: Workspace, name: str) -> Workspace:
    """Ask as a preset says; nothing changes where there is none of that name."""
    preset = next((preset for preset in workspace.presets if preset.name == name), None)
    return workspace if preset is None else with_render(replace(workspace, sounds=preset.sounds), preset.render)
