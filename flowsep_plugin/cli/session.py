"""`flowsep session SESSION list|check|tempo|separate`: the clips of a DAW's session."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from flowsep_plugin.errors import SessionError, UsageError

from .effects import post_chain
from .options import FileOptions, Here, Json, ModelOptions, Post, RequestOptions, absent_policy, option, with_options
from .session_options import ClipOptions, Fps, MediaFolders, PlacementOptions, PresenceOptions, TempoFile
from .session_text import clips_json, clips_text
from .stopping import stoppable
from .terminal import echo

if TYPE_CHECKING:
    from flowsep_plugin.hosts.session import SessionRequest
    from flowsep_plugin.timeline import FrameRate, SaveResult, Timeline
    from flowsep_plugin.timeline.media_finder import MediaFinder


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


@dataclass(frozen=True, slots=True)
class _SessionArgument:
    path: Path


@session.callback()
def _session(context: typer.Context, path: Annotated[Path, typer.Argument(metavar="SESSION")]) -> None:
    from flowsep_plugin.untrusted.isolated import start_helper

    start_helper("flowsep_plugin.timeline.formats.isolation")  # it starts while this process imports its own modules
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
        echo(line)


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
        echo(line)
    if result.separable < result.clips:
        raise typer.Exit(SessionError.exit_code)


@session.command("tempo")
def tempo_map(
    context: typer.Context,
    out: Annotated[
        Path | None,
        option("--out", "-o", metavar="FILE.mid", help="Also write a MIDI file with tempo, meter and markers."),
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
        echo(f"{bars:>12}  {float(point.at):.6f} s  {float(point.bpm):g} bpm{' ramp' if point.ramp else ''}")
    for signature in timeline.tempo.signatures:
        bar, beat, _ = timeline.tempo.bar_beat(signature.at)
        echo(f"{bar:>6}|{beat}|000  {signature.beats}/{signature.unit}")
    if out is not None:
        write_midi_tempo(stepped(timeline.tempo), out, timeline.markers)
        echo(f"{out}")


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
    post: Post = None,
    here: Here = False,
) -> None:
    """Separate clips exactly as they are trimmed, and place the stems on new tracks below theirs.

    flowsep session song.rpp separate --track Drums --range "17|1" "25|1" -q "snare drum"
    """
    from flowsep_plugin.hosts.session import separate_session
    from flowsep_plugin.jobs.batch.runners import LocalRunner, WorkerRunner
    from flowsep_plugin.timeline import by_suffix, save_session
    from flowsep_plugin.timeline.exports.stem_set import only_new, write_stem_set

    path = context.obj.path.absolute()
    target = placement.target(path)
    timeline, _ = _read(context, clips.media, clips.fps)
    in_tempo = _with_tempo(timeline, clips.tempo)
    job = _job(in_tempo, target, request=request, clips=clips, model=model, files=files, placement=placement,
               presence=presence)  # fmt: skip
    job = replace(job, post=post_chain(post))
    stem_set, embed = placement.stem_set, placement.embed
    _announce(timeline, path, job, None if stem_set else target)
    if placement.dry_run:
        _print_plan(timeline, path, job, target, embed=embed)
        return
    presence.check()
    _check_target(timeline, path, job, target, placement)
    with stoppable(lambda line: echo(line, err=True)) as stop:
        folder = by_suffix(path).media_folder(path)
        runner: Any = LocalRunner(folder, report=lambda progress: stop.check()) if here else WorkerRunner()
        separation = separate_session(timeline, path, job, runner, target=None if stem_set else target)
    for name, remark in separation.notes:
        echo(f"clip {name!r}: {remark}", err=True)
    if separation.absent_line is not None:
        echo(f"{separation.absent_line} (--absent write places them too)", err=True)
    presence.write(separation, in_tempo)
    if stem_set is None:
        _print_result(save_session(separation.timeline, target, embed=embed))
        return
    broadcast: Any = "wav24" if job.format == "flac24" else job.format  # Broadcast Wave has no FLAC
    stems = write_stem_set(only_new(separation.timeline), stem_set, padded=placement.padded, format=broadcast)
    echo(f"{stems.list}")


def _job(
    timeline: "Timeline", target: Path, *, request: RequestOptions, clips: ClipOptions, model: ModelOptions,
    files: FileOptions, placement: PlacementOptions, presence: PresenceOptions,
) -> "SessionRequest":  # fmt: skip
    """Return the separation that the options describe; `timeline` counts the bars of `--range`."""
    from flowsep_plugin.hosts.session import SessionRequest
    from flowsep_plugin.timeline import parse_range

    return SessionRequest(
        request=request.request(),
        clips=tuple(clips.clip or ()),
        tracks=tuple(clips.track or ()),
        within=None if clips.range_ is None else parse_range(*clips.range_, timeline, _rate(clips.fps)),
        handle_seconds=clips.handles,
        format=files.format_name,
        keep_format=files.format is not None or (placement.embed and target.suffix == ".aaf"),  # AAF embeds integers
        residual=not files.no_rest,
        absent=absent_policy(files.absent, "leave_out"),
        mute_source=placement.mute_source,
        regions=presence.regions,
        model=model.name,
        device=model.device,
        takes=placement.takes,
        muted=clips.muted,
    )


def _announce(timeline: "Timeline", path: Path, job: "SessionRequest", target: Path | None) -> None:
    """Print which clips are skipped or will be clipped, and what the stems will not have; no `target`: a stem set."""
    from flowsep_plugin.hosts.full_scale import clipped_clips
    from flowsep_plugin.hosts.session import skipped_clips, stems_note, usable_clips
    from flowsep_plugin.hosts.session_hints import marker_line

    hint = f"flowsep session {path.name} check lists all"
    note = stems_note(timeline, usable_clips(timeline, job), target, hint, job.within)
    remarks = filter(None, (note, marker_line(job.request, timeline)))
    for line in (*_skipped(skipped_clips(timeline, job)), *remarks, *clipped_clips(timeline, job)):
        echo(line, err=True)


def _print_plan(timeline: "Timeline", path: Path, job: "SessionRequest", target: Path, *, embed: bool) -> None:
    from flowsep_plugin.hosts.session import plan_timeline
    from flowsep_plugin.timeline import dry_run

    plan = plan_timeline(timeline, path, job, target=target)
    _print_result(dry_run(plan, target, embed=embed, stems=job.format))


def _check_target(
    timeline: "Timeline", path: Path, job: "SessionRequest", target: Path, placement: PlacementOptions
) -> None:
    """Raise the error that saving would raise, before any work is done."""
    from flowsep_plugin.hosts.session import plan_timeline, rehearse
    from flowsep_plugin.timeline.exports.stem_set import check_stem_set, only_new
    from flowsep_plugin.timeline.save import check_writable

    if placement.stem_set is not None:
        check_stem_set(only_new(plan_timeline(timeline, path, job)), placement.stem_set)
        return
    check_writable(timeline, target)
    rehearse(timeline, path, target, job, embed=placement.embed)


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
            echo(f"{count} {'files' if count > 1 else 'file'} found in {folder}", err=True)
    for path, files in finder.ambiguous.items():
        echo(f"{path.name} is missing, and none of {', '.join(map(str, files))} fits better", err=True)
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
        echo(line)
    if result.diff:
        echo(result.diff)
    if result.backup is not None:
        echo(f"backup: {result.backup}")


def _with_tempo(timeline: "Timeline", tempo: Path | None) -> "Timeline":
    """Return the timeline with the tempo map of a MIDI file, to count bars by; never to be saved."""
    from flowsep_plugin.timeline.exports.midi_import import read_midi_tempo

    return timeline if tempo is None else replace(timeline, tempo=read_midi_tempo(tempo))


def _rate(fps: str | None) -> "FrameRate | None":
    from flowsep_plugin.timeline import parse_rate

    return None if fps is None else parse_rate(fps)


def register(app: typer.Typer) -> None:
    """Add these commands to the root."""
    app.add_typer(session, name="session")
