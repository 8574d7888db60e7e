"""`flowsep session SESSION list|separate`: a DAW's session from the shell."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import UsageError

from .options import Device, Draft, Format, Model, Negative, NoRest, Queries, Seed
from .stopping import stoppable

if TYPE_CHECKING:
    from flowsep_plugin.hosts.session import SessionSeparation
    from flowsep_plugin.timeline import FrameRate, SaveResult, Timeline

session = typer.Typer(
    no_args_is_help=True, help="Clips on a DAW's timeline: list them, separate them, place the stems."
)

Fps = Annotated[
    str | None, typer.Option(metavar="RATE", help="Of timecodes: 25, 29.97, 29.97df, …; else the session's.")
]
TempoFile = Annotated[
    Path | None, typer.Option("--tempo", metavar="FILE.mid", help="Count bars by this, not by the session's own tempo.")
]


@dataclass(frozen=True, slots=True)
class _Opened:
    path: Path


@session.callback()
def _session(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="SESSION", help=".rpp, .ardour, .dawproject, .aaf, .otio, .otioz, or a list of stems .csv"
        ),
    ],
) -> None:
    context.obj = _Opened(path)


@session.command("list")
def list_clips(
    context: typer.Context,
    fps: Fps = None,
    tempo: TempoFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> None:
    """List tracks and clips: where they lie, and why one cannot be separated."""
    from flowsep_plugin.timeline import read_session

    timeline = _by(read_session(context.obj.path), tempo)
    rows = _rows(timeline, _rate(fps))
    if as_json:
        typer.echo(json.dumps({"name": timeline.name, "rate": timeline.rate, "clips": rows}))
        return
    typer.echo(f"{timeline.name}: {timeline.rate} Hz, {len(timeline.tracks)} tracks, {len(rows)} clips")
    track = None
    for row in rows:
        if row["track"] != track:
            track = row["track"]
            typer.echo(f"{track!r}")
        place = f"{row['start']:>12} {row['bars']:>10} {row['timecode'] or '':>11} {row['frames']:>11}"
        typer.echo(f"  {row['id']}  {place}  {row['name']!r}" + (f"  (no: {row['why_not']})" if row["why_not"] else ""))


@session.command("tempo")
def tempo_map(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.mid", help="Write it as a MIDI file, with the markers.")
    ] = None,
) -> None:
    """Show tempo and meter, or write them as a MIDI file; ramps become steps of a 16th there."""
    from flowsep_plugin.timeline import read_session
    from flowsep_plugin.timeline.midi_tempo import write_midi_tempo
    from flowsep_plugin.timeline.position import bars_text
    from flowsep_plugin.timeline.tempo_steps import stepped

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


@session.command("separate")
def separate_clips(
    context: typer.Context,
    query: Queries = None,
    negative: Negative = None,
    clip: Annotated[list[str] | None, typer.Option(help="Id or name of a clip; repeat for more. Default: all.")] = None,
    track: Annotated[list[str] | None, typer.Option(help="Id or name of a track: all its clips.")] = None,
    range_: Annotated[
        tuple[str, str] | None,
        typer.Option("--range", metavar="A B", help="Only from A to B: 48000, 1.5s, 01:00:10:12, 17|3|480."),
    ] = None,
    fps: Fps = None,
    tempo: TempoFile = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Save over SESSION, with a backup beside it (default).")
    ] = False,
    save_as: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Leave SESSION alone, save this instead.")
    ] = None,
    stem_set: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the stems as Broadcast Waves for any DAW; save no session."),
    ] = None,
    padded: Annotated[bool, typer.Option("--padded", help="Stem set: start every file at the session's zero.")] = False,
    embed: Annotated[
        bool, typer.Option("--embed", help="Put the stems into the session file: AAF, DAWproject, OTIOZ.")
    ] = False,
    mute_source: Annotated[bool, typer.Option("--mute-source", help="Mute the clips that were separated.")] = False,
    takes: Annotated[bool, typer.Option("--takes", help="REAPER: place stems as takes of the items.")] = False,
    regions: Annotated[bool, typer.Option("--regions", help="Mark where each sound is, as regions.")] = False,
    labels: Annotated[Path | None, typer.Option(metavar="FILE", help="Where sounds are: Audacity labels.")] = None,
    table: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Where sounds are: a table.")] = None,
    midi: Annotated[Path | None, typer.Option(metavar="FILE.mid", help="Where sounds are: MIDI notes.")] = None,
    midi_cc: Annotated[bool, typer.Option("--midi-cc", help="Controllers instead of notes.")] = False,
    handles: Annotated[int, typer.Option(metavar="SECONDS", min=0, help="More sound on both sides of each stem.")] = 0,
    model: Model = "default",
    device: Device = "auto",
    draft: Draft = False,
    seed: Seed = 0,
    format: Format = "wav24",
    no_rest: NoRest = False,
    here: Annotated[bool, typer.Option("--here", help="In this process, without the worker.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> None:
    """Separate clips exactly as they are trimmed, and place the stems on tracks under theirs.

    flowsep session song.rpp separate --track Drums --range "17|1" "25|1" -q "snare drum"
    """
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.hosts.session import SessionRequest, plan_timeline, rehearse, separate_session
    from flowsep_plugin.jobs.batch.runners import LocalRunner, WorkerRunner
    from flowsep_plugin.timeline import by_suffix, dry_run, parse_range, read_session, save_session
    from flowsep_plugin.timeline.save import check_writable
    from flowsep_plugin.timeline.stem_set import check_stem_set, only_new, write_stem_set

    path = context.obj.path.absolute()
    if in_place and save_as is not None:
        raise UsageError("--in-place and --save-as exclude each other")
    if takes and mute_source:
        raise UsageError("--takes and --mute-source cannot be combined; drop one")
    request = Request(query or (), negative or (), draft=draft, seed=seed)
    timeline = read_session(path)
    within = None if range_ is None else parse_range(*range_, _by(timeline, tempo), _rate(fps))
    sound: Any = format  # checked by FileRequest, which names those there are
    asked = SessionRequest(
        request,
        clips=tuple(clip or ()),
        tracks=tuple(track or ()),
        within=within,
        handle_seconds=handles,
        format=sound,
        residual=not no_rest,
        mute_source=mute_source,
        regions=regions,
        model=model,
        device=device,
        takes=takes,
    )
    target = (save_as or path).absolute()
    if takes and (stem_set is not None or not by_suffix(target).capabilities.takes):
        raise UsageError(f"{'a stem set' if stem_set else by_suffix(target).name} knows no takes; leave --takes away")
    if dry:
        _say(dry_run(plan_timeline(timeline, path, asked), target, embed=embed, stems=asked.format))
        return
    for file in (labels, table, midi):
        if file is not None and not file.absolute().parent.is_dir():
            raise UsageError(f"{file}: there is no folder {file.absolute().parent}; make it first")
    if stem_set is None:
        check_writable(timeline, target)
        rehearse(timeline, path, target, asked, embed=embed)
    else:
        check_stem_set(only_new(plan_timeline(timeline, path, asked)), stem_set)
    folder = by_suffix(path).media_folder(path)
    with stoppable(lambda line: typer.echo(line, err=True)) as stop:
        runner: Any = LocalRunner(folder, report=lambda progress: stop.check()) if here else WorkerRunner()
        made = separate_session(timeline, path, asked, runner)
    for name, reason in made.skipped:
        typer.echo(f"left out: clip {name!r} {reason}", err=True)
    _write_presence(made, _by(timeline, tempo), labels, table, midi, cc=midi_cc)
    if stem_set is not None:
        kind: Any = "wav24" if format == "flac24" else format  # Broadcast Wave has no FLAC
        written = write_stem_set(only_new(made.timeline), stem_set, padded=padded, format=kind)
        typer.echo(f"{written.list}")
        return
    _say(save_session(made.timeline, target, embed=embed))


def _write_presence(
    made: "SessionSeparation",
    timeline: "Timeline",
    labels: Path | None,
    table: Path | None,
    midi: Path | None,
    *,
    cc: bool,
) -> None:
    from flowsep_plugin.timeline.labels import format_labels
    from flowsep_plugin.timeline.presence_export import presence_table, write_presence_midi

    if labels is not None:
        marks = sorted(
            (found.marker for every in made.regions.values() for found in every), key=lambda mark: mark.span.start
        )
        labels.write_text(format_labels(marks), "utf-8")
    if table is not None:
        table.write_text(presence_table(made.regions), "utf-8", newline="")
    if midi is not None:
        write_presence_midi(made.regions, timeline.tempo, midi, "cc" if cc else "notes")


def _say(saved: "SaveResult") -> None:
    for line in saved.words or ("nothing changes",):
        typer.echo(line)
    if saved.diff:
        typer.echo(saved.diff)
    if saved.backup is not None:
        typer.echo(f"backup: {saved.backup}")


def _rows(timeline: "Timeline", rate: "FrameRate | None") -> list[dict[str, Any]]:
    from flowsep_plugin.timeline.position import bars_text, timecode_text

    return [
        {
            "track": track.name,
            "id": clip.id,
            "name": clip.name,
            "start": clip.place.start,
            "frames": clip.place.frames,
            "bars": bars_text(clip.place.start, timeline),
            "timecode": timecode_text(clip.place.start, timeline, rate),
            "media": None if clip.media is None else str(clip.media.path),
            "cut": [clip.cut.start, clip.cut.frames, clip.cut.rate],
            "muted": clip.muted,
            "why_not": clip.why_not(),
        }
        for track, clip in timeline.clips()
    ]


def _by(timeline: "Timeline", tempo: Path | None) -> "Timeline":
    """The timeline with another tempo map, for places and MIDI files; never to be saved."""
    from flowsep_plugin.timeline.midi_tempo import read_midi_tempo

    return timeline if tempo is None else replace(timeline, tempo=read_midi_tempo(tempo))


def _rate(fps: str | None) -> "FrameRate | None":
    from flowsep_plugin.timeline import parse_rate

    return None if fps is None else parse_rate(fps)


def register(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.add_typer(session, name="session")
