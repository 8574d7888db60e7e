"""Options of `flowsep session`: which clips are separated, where the stems go, how presence is written."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsep_plugin.errors import UsageError

from .options import MuteSource, OptionGroup, option

if TYPE_CHECKING:
    from flowsep_plugin.hosts.session import SessionSeparation
    from flowsep_plugin.timeline import Timeline

_SESSION, _PRESENCE = "Session", "Where sounds are"

Fps = Annotated[
    str | None,
    option(
        "--fps",
        metavar="RATE",
        help="Frame rate of timecodes, and of an EDL without one: 25, 29.97, 29.97df, …",
        default="the session's",
    ),
]
TempoFile = Annotated[
    Path | None,
    option("--tempo", metavar="FILE.mid", help="Count bars by this MIDI file's tempo.", default="the session's tempo"),
]
MediaFolders = Annotated[
    list[Path] | None,
    option("--media", metavar="DIR", help="Look for missing media in this folder and below it; repeat for more."),
]


@dataclass(frozen=True, kw_only=True)
class ClipOptions(OptionGroup):
    """Which clips of a session are separated."""

    clip: Annotated[
        list[str] | None,
        option("--clip", metavar="NAME", help="Name or id of a clip; repeat for more.", default="all that are heard"),
    ] = None
    track: Annotated[
        list[str] | None,
        option("--track", metavar="NAME", help="Name or id of a track, for all its clips; repeatable."),
    ] = None
    muted: Annotated[
        bool, option("--muted", help="Also separate clips that the session does not play; a named clip is always.")
    ] = False
    media: MediaFolders = None
    range_: Annotated[
        tuple[str, str] | None,
        option("--range", metavar="FROM TO", help="Only this part of the timeline, in frames (48000), seconds (1.5s), "
               "timecode (01:00:10:12) or bar|beat|tick (17|3|480)."),
    ] = None  # fmt: skip
    fps: Fps = None
    tempo: TempoFile = None
    handles: Annotated[
        int,
        typer.Option(metavar="SECONDS", min=0, help="Source audio added on both sides of each stem, 0 or more."),
    ] = 0


@dataclass(frozen=True, kw_only=True)
class PlacementOptions(OptionGroup):
    """Options of the session file that is saved, and of the placement of stems in it."""

    in_place: Annotated[
        bool, option("--in-place", panel=_SESSION, help="Save SESSION itself, with a backup next to it (default).")
    ] = False
    save_as: Annotated[
        Path | None, option("--save-as", metavar="FILE", panel=_SESSION, help="Save to this file, not to SESSION.")
    ] = None
    stem_set: Annotated[
        Path | None,
        option("--stem-set", metavar="DIR", panel=_SESSION,
               help="Write Broadcast Wave stems for any DAW to this folder; save no session."),
    ] = None  # fmt: skip
    padded: Annotated[
        bool, option("--padded", panel=_SESSION, help="With --stem-set: start every file at the session's start.")
    ] = False
    embed: Annotated[
        bool,
        option("--embed", panel=_SESSION, help="Put the stems into the session file, if it can hold audio."),
    ] = False
    mute_source: MuteSource = False
    takes: Annotated[
        bool, option("--takes", panel=_SESSION, help="Place stems as takes of their items, if the format has takes.")
    ] = False
    dry_run: Annotated[
        bool, option("--dry-run", panel=_SESSION, help="Print what would change in the session, and change nothing.")
    ] = False

    def target(self, session: Path) -> Path:
        """Return the session file to save. Raises UsageError for options that cannot be combined."""
        from flowsep_plugin.timeline import by_suffix

        if self.in_place and self.save_as is not None:
            raise UsageError("--in-place and --save-as cannot be combined; drop one")
        if self.takes and self.mute_source:
            raise UsageError("--takes and --mute-source cannot be combined; drop one")
        target = (self.save_as or session).absolute()
        if self.takes and (self.stem_set is not None or not by_suffix(target).capabilities.takes):
            owners = "stem sets" if self.stem_set else f"{by_suffix(target).name} sessions"
            raise UsageError(f"{owners} have no takes; drop --takes to place the stems on tracks")
        return target


@dataclass(frozen=True, kw_only=True)
class PresenceOptions(OptionGroup):
    """How the places where sounds were found are written."""

    regions: Annotated[bool, option("--regions", panel=_PRESENCE, help="Add them to the session as regions.")] = False
    labels: Annotated[
        Path | None, option("--labels", metavar="FILE.txt", panel=_PRESENCE, help="Write them as Audacity labels.")
    ] = None
    table: Annotated[
        Path | None, option("--table", metavar="FILE.csv", panel=_PRESENCE, help="Write them as a table.")
    ] = None
    midi: Annotated[
        Path | None, option("--midi", metavar="FILE.mid", panel=_PRESENCE, help="Write them as MIDI notes.")
    ] = None
    midi_cc: Annotated[
        bool, option("--midi-cc", panel=_PRESENCE, help="With --midi: write controllers instead of notes.")
    ] = False

    def check(self) -> None:
        """Raises UsageError where the folder of a file does not exist."""
        for file in (self.labels, self.table, self.midi):
            if file is not None and not file.absolute().parent.is_dir():
                raise UsageError(f"{file}: the folder {file.absolute().parent} does not exist; create it first")

    def write(self, separation: "SessionSeparation", timeline: "Timeline") -> None:
        """Write the files; `timeline` has the tempo map for MIDI."""
        from flowsep_plugin.timeline.exports.labels import format_labels
        from flowsep_plugin.timeline.exports.presence_export import presence_table, write_presence_midi

        if self.labels is not None:
            markers = [region.marker for regions in separation.regions.values() for region in regions]
            self.labels.write_text(format_labels(sorted(markers, key=lambda marker: marker.span.start)), "utf-8")
        if self.table is not None:
            self.table.write_text(presence_table(separation.regions), "utf-8", newline="")
        if self.midi is not None:
            write_presence_midi(separation.regions, timeline.tempo, self.midi, "cc" if self.midi_cc else "notes")
