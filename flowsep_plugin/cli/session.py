"""`flowsep session SESSION list|check|tempo|separate`: the clips of a DAW's session."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from flowsep_plugin.errors import SessionError, UsageError

from .options import (
    FileOptions,
    Here,
    Json,
    ModelOptions,
    MuteSource,
    OptionGroup,
    RequestOptions,
    option,
    with_options,
)
from .session_text import clips_json, clips_text
from .stopping import stoppable

if TYPE_CHECKING:
    from flowsep_plugin.hosts.session import SessionSeparation
    from flowsep_plugin.timeline import FrameRate, SaveResult, Timeline
    from flowsep_plugin.timeline.media_finder import MediaFinder

_SESSION, _PRESENCE = "Session", "Where sounds are"


class SessionGroup(TyperGroup):
    """The group `flowsep session`; its help lists the suffixes of all session formats."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help page, with the suffixes of `SESSION_FORMATS`."""
        from flowsep_plugin.timeline.formats import SESSION_FORMATS

        argument: Any = next(parameter for parameter in self.get_params(ctx) if parameter.name == "path")
        suffixes = (suffix for form in SESSION_FORMATS for suffix in form.suffixes)
        argument.help = f"A session file: {', '.join(suffixes)}."
        super().format_help(ctx, formatter)


session = typer.Typer(
    cls=SessionGroup,
    no_args_is_help=True,
    help="List the clips of a DAW's session, check it, separate them, and place the stems in it.",
)

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


@dataclass(frozen=True, slots=True)
class _SessionArgument:
    path: Path


@session.callback()
def _session(context: typer.Context, path: Annotated[Path, typer.Argument(metavar="SESSION")]) -> None:
    context.obj = _SessionArgument(path)


@session.command("list")
def list_clips(
    context: typer.Context,
    fps: Fps = None,
    tempo: TempoFile = None,
    media: MediaFolders = None,
    as_json: Json = False,
) -> None:
    """List tracks and clips with their places, and the reason where a clip cannot be separated.

    Marks clips that are silent, whose gain moves, and what their stems will not have.
    """
    timeline = _with_tempo(_read(context, media, fps)[0], tempo)
    lines = clips_json(timeline, _rate(fps)) if as_json else clips_text(timeline, _rate(fps))
    for line in lines:
        typer.echo(line)


@session.command("check")
def check(context: typer.Context, fps: Fps = None, media: MediaFolders = None, as_json: Json = False) -> None:
    """List what cannot be separated, what stems will not have, and which media are missing.

    Also names silent clips, missing media that were found elsewhere, and why the session cannot be saved. The exit code
    is 3 if a clip cannot be separated.
    """
    from flowsep_plugin.timeline.check import check_session

    from .session_text import check_json, check_text

    timeline, finder = _read(context, media, fps)
    result = check_session(timeline, finder)
    for line in check_json(result) if as_json else check_text(result):
        typer.echo(line)
    if result.separable < result.clips:
        raise typer.Exit(SessionError.exit_code)


@session.command("tempo")
def tempo_map(
    context: typer.Context,
    out: Annotated[
        Path | None, option("--out", metavar="FILE.mid", help="Also write a MIDI file with tempo, meter and markers.")
    ] = None,
) -> None:
    """Print tempo and meter changes; in a MIDI file, tempo ramps become steps of a 16th note."""
    from flowsep_plugin.timeline import read_session
    from flowsep_plugin.timeline.exports.midi_tempo import write_midi_tempo
    from flowsep_plugin.timeline.exports.tempo_steps import stepped
    from flowsep_plugin.timeline.position import bars_text

    timeline = read_session(context.obj.path)
    for point in timeline.tempo.tempos:
        bars = bars_text(round(point.at * timeline.rate), timeline)
        typer.echo(f"{bars:>12}  {float(point.at):.6f} s  {float(point.bpm):g} bpm{' ramp' if point.ramp else ''}")
    for signature in timeline.tempo.signatures:
        bar, beat, _ = timeline.tempo.bar_beat(signature.at)
        typer.echo(f"{bar:>6}|{beat}|000  {signature.beats}/{signature.unit}")
    if out is not None:
        write_midi_tempo(stepped(timeline.tempo), out, timeline.markers)
        typer.echo(f"{out}")


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


@session.command("separate")
@with_options
def separate_clips(
    *,
    context: typer.Context,
    request: RequestOptions,
    clips: ClipOptions,
    model: ModelOptions,
    files: FileOptions,
    placement: PlacementOptions,
    presence: PresenceOptions,
    here: Here = False,
) -> None:
    """Separate clips exactly as they are trimmed, and place the stems on new tracks below theirs.

    flowsep session song.rpp separate --track Drums --range "17|1" "25|1" -q "snare drum"
    """
    from flowsep_plugin.hosts.session import (
        SessionRequest,
        plan_timeline,
        rehearse,
        separate_session,
        skipped_clips,
        stems_note,
        usable_clips,
    )
    from flowsep_plugin.jobs.batch.runners import LocalRunner, WorkerRunner
    from flowsep_plugin.timeline import by_suffix, dry_run, parse_range, save_session
    from flowsep_plugin.timeline.exports.stem_set import check_stem_set, only_new, write_stem_set
    from flowsep_plugin.timeline.save import check_writable

    path = context.obj.path.absolute()
    target = placement.target(path)
    timeline, _ = _read(context, clips.media, clips.fps)
    in_tempo = _with_tempo(timeline, clips.tempo)
    job = SessionRequest(
        request=request.request(),
        clips=tuple(clips.clip or ()),
        tracks=tuple(clips.track or ()),
        within=None if clips.range_ is None else parse_range(*clips.range_, in_tempo, _rate(clips.fps)),
        handle_seconds=clips.handles,
        format=files.format_name,
        keep_format=files.format is not None or (placement.embed and target.suffix == ".aaf"),  # AAF embeds integers
        residual=not files.no_rest,
        mute_source=placement.mute_source,
        regions=presence.regions,
        model=model.name,
        device=model.device,
        takes=placement.takes,
        muted=clips.muted,
    )
    stem_set, embed = placement.stem_set, placement.embed
    hint = f"flowsep session {path.name} check lists all"
    note = stems_note(timeline, usable_clips(timeline, job), None if stem_set else target, hint)
    for line in (*_skipped(skipped_clips(timeline, job)), *([note] if note else [])):
        typer.echo(line, err=True)
    if placement.dry_run:
        plan = plan_timeline(timeline, path, job, target=target)
        _print_result(dry_run(plan, target, embed=embed, stems=job.format))
        return
    presence.check()
    if stem_set is None:
        check_writable(timeline, target)
        rehearse(timeline, path, target, job, embed=embed)
    else:
        check_stem_set(only_new(plan_timeline(timeline, path, job)), stem_set)
    folder = by_suffix(path).media_folder(path)
    with stoppable(lambda line: typer.echo(line, err=True)) as stop:
        runner: Any = LocalRunner(folder, report=lambda progress: stop.check()) if here else WorkerRunner()
        separation = separate_session(timeline, path, job, runner, target=None if stem_set else target)
    for name, remark in separation.notes:
        typer.echo(f"clip {name!r}: {remark}", err=True)
    presence.write(separation, in_tempo)
    if stem_set is None:
        _print_result(save_session(separation.timeline, target, embed=embed))
        return
    broadcast: Any = "wav24" if job.format == "flac24" else job.format  # Broadcast Wave has no FLAC
    stems = write_stem_set(only_new(separation.timeline), stem_set, padded=placement.padded, format=broadcast)
    typer.echo(f"{stems.list}")


def _read(context: typer.Context, media: list[Path] | None, fps: str | None) -> "tuple[Timeline, MediaFinder]":
    """Read the session with media in the folders `media`; says how many files were found there."""
    from flowsep_plugin.timeline import read_session
    from flowsep_plugin.timeline.media_finder import MediaFinder

    for folder in media or ():
        if not folder.is_dir():
            raise UsageError(f"--media {folder}: there is no such folder; name one that holds the media")
    finder = MediaFinder(media or ())
    timeline = read_session(context.obj.path, finder, _rate(fps))
    for folder in finder.folders:
        if count := len(finder.found_in(folder)):
            typer.echo(f"{count} {'files' if count > 1 else 'file'} found in {folder}", err=True)
    for path, files in finder.ambiguous.items():
        typer.echo(f"{path.name} is missing, and none of {', '.join(map(str, files))} fits better", err=True)
    return timeline, finder


def _skipped(skipped: Sequence[tuple[str, str]]) -> list[str]:
    """Return one line for every reason."""
    from flowsep_plugin.timeline.check import quoted

    groups: dict[str, list[str]] = {}
    for name, reason in skipped:
        groups.setdefault(reason, []).append(name)
    return [
        f"skipped: clip {names[0]!r} {why}" if len(names) < 2 else f"skipped: clips {quoted(names, 4)}: each {why}"
        for why, names in groups.items()
    ]


def _print_result(result: "SaveResult") -> None:
    for line in result.summary or ("nothing changes",):
        typer.echo(line)
    if result.diff:
        typer.echo(result.diff)
    if result.backup is not None:
        typer.echo(f"backup: {result.backup}")


def _with_tempo(timeline: "Timeline", tempo: Path | None) -> "Timeline":
    """Return the timeline with the tempo map of a MIDI file, to count bars by; never to be saved."""
    from flowsep_plugin.timeline.exports.midi_tempo import read_midi_tempo

    return timeline if tempo is None else replace(timeline, tempo=read_midi_tempo(tempo))


def _rate(fps: str | None) -> "FrameRate | None":
    from flowsep_plugin.timeline import parse_rate

    return None if fps is None else parse_rate(fps)


def register(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.add_typer(session, name="session")
