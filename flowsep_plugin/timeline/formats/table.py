"""The row of a session format: its name and suffixes, what it can hold, the functions that read and write it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from flowsep_plugin.timeline.media import Media, Probe
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import Timeline

STEM_FOLDER = "FlowSep"


def default_media_folder(session: Path) -> Path:
    """Return the folder for stems that most formats use: `FlowSep` next to the session."""
    return session.parent / STEM_FOLDER


def default_locks(session: Path) -> tuple[Path, ...]:
    """Return the lock file names that shared folders and users' scripts give to a file that is in use."""
    return tuple(session.with_name(name) for name in (f"{session.name}.lock", f"{session.name}-lock",
                                                      f".~lock.{session.name}#"))  # fmt: skip


def later(module: str, function: str) -> Callable[..., Any]:
    """Return a function that imports `function` of `module` when it is called: a row loads no reader or writer."""

    def call(*arguments: Any, **options: Any) -> Any:
        return getattr(import_module(module), function)(*arguments, **options)

    return call


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The content that a format can hold besides clips with a name, a file, a cut and a place; writers refuse the rest.

    stretch, reverse : play rates other than 1; clips that play backwards.
    channels : clips that play some channels of their file.
    mixed_rates : files at other rates than the session's, with places between the file's frames.
    gain, negative_gain : clip gains other than 1; gains below 0.
    fades, mute : of clips.   overlaps : clips of one track that overlap.   takes : new takes in a clip.
    markers, regions : markers of no length; markers with one.
    tempo, ramps : tempos and time signatures; tempos that change in a straight line.
    origin, frame_rate : the timecode of frame 0; the frames a second that it counts.
    gain_curves : clip gains that move; where False, they are rendered into the stems.
    frame_places : places, cuts and the origin are whole frames of a frame rate, which the session always has.
    any_track_name : two tracks of one name, and every sign in it.
    inserts_tracks : new tracks come under their sources'; where False, after all others.
    """

    stretch: bool = False
    reverse: bool = False
    channels: bool = False
    mixed_rates: bool = False
    gain: bool = True
    negative_gain: bool = False
    gain_curves: bool = False
    fades: bool = True
    mute: bool = True
    overlaps: bool = True
    takes: bool = False
    markers: bool = True
    regions: bool = True
    tempo: bool = True
    ramps: bool = False
    origin: bool = True
    frame_rate: bool = True
    frame_places: bool = False
    any_track_name: bool = True
    inserts_tracks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFormat:
    """One session format. All that the rest of flowsep, the panel and the tests know about it is in this row.

    suffixes : in lower case with the dot; new sessions take the first.
    read : (path, probe) returns the file's timeline, with media from `probe`; may raise anything where it is damaged.
    read_at : as `read`, at a frame rate that the file does not state; None for formats that state theirs.
    write : (timeline, target, destination) writes the whole file `target`, which will then be moved to `destination`.
    embed : as `write`, with the sound of new clips inside the file; for the suffixes in `embed_suffixes`.
    extract : (session, media, folder) copies embedded sound to a file in `folder` and returns its path.
    media_folder : where stems have to be.   locks : files that exist while a program has the session open.
    text_suffixes : suffixes of files that a diff can show.   stored_name : a name as the format gives it back.
    is_list : a list of stems, not a DAW's session.
    extra : the extra of flowsep-plugin that installs its library; empty where it needs none.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, Probe], Timeline]
    write: Callable[[Timeline, Path, Path], None]
    read_at: Callable[[Path, Probe, FrameRate], Timeline] | None = None
    capabilities: Capabilities = Capabilities()
    embed: Callable[[Timeline, Path, Path], None] | None = None
    embed_suffixes: tuple[str, ...] = ()
    extract: Callable[[Path, Media, Path], Path] | None = None
    media_folder: Callable[[Path], Path] = default_media_folder
    locks: Callable[[Path], tuple[Path, ...]] = default_locks
    text_suffixes: tuple[str, ...] = ()
    stored_name: Callable[[str], str] = clean
    is_list: bool = False
    extra: str = ""

    def is_text(self, path: Path) -> bool:
        """Return whether a diff can show the changes of the session at `path`."""
        return path.suffix.lower() in self.text_suffixes

    def can_embed(self, path: Path) -> bool:
        """Return whether the session at `path` can hold the sound of its clips."""
        return self.embed is not None and path.suffix.lower() in self.embed_suffixes
