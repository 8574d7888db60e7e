"""`flowsep separate`: the arrow, from the shell."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import BundleError, Cancelled, EngineError, FlowsepError, MediaError, UsageError

from .app import fail
from .options import OldSeedCount
from .reporters import Reporter, choose_reporter
from .stopping import Stop, stoppable
from .times import HELP as TIME_HELP
from .times import Time, parse_time, part_of

if TYPE_CHECKING:
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.files import FileRequest, FileSeparation
    from flowsep_plugin.separate import Separator

_RENDER, _FLOW, _FILES = "How it sounds", "The model", "Files"
_SPELLED = {"queries": "query", "negative": "not", "mode": "render"}
"""Names of fields whose option is called otherwise."""


@dataclass(frozen=True, slots=True)
class Job:
    """One input and what to make of it."""

    path: Path
    request: "Request"
    files: "FileRequest"


def separate(
    inputs: Annotated[list[Path] | None, typer.Argument(metavar="INPUT…", help="Audio files.")] = None,
    query: Annotated[
        list[str] | None, typer.Option("--query", "-q", help='A sound to take out, "a dog barking"; repeat for more.')
    ] = None,
    negative: Annotated[
        list[str] | None, typer.Option("--not", help="A sound that competes but stays in the rest; repeat for more.")
    ] = None,
    start: Annotated[str | None, typer.Option(metavar="TIME", help=f"Begin here: {TIME_HELP}.")] = None,
    end: Annotated[str | None, typer.Option(metavar="TIME", help="End here.")] = None,
    render: Annotated[
        str | None, typer.Option(metavar="mask|generated|hybrid", rich_help_panel=_RENDER, help="Default: mask.")
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            metavar="X", rich_help_panel=_RENDER, help="0.25..4: above 1 less bleed, more artefacts; default 1"
        ),
    ] = None,
    reduce_db: Annotated[
        float | None,
        typer.Option(metavar="N", rich_help_panel=_RENDER, help="Turn the sound down by N dB, not out; see the rest."),
    ] = None,
    gate: Annotated[
        float | None,
        typer.Option(metavar="X", rich_help_panel=_RENDER, help="0..1: how far stems close where silent; default 1"),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME|FOLDER", rich_help_panel=_FLOW, help="See `flowsep models list`.")
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="DEVICE", rich_help_panel=_FLOW, help="auto, cpu, cuda, tensorrt, coreml, directml")
    ] = "auto",
    draft: Annotated[bool, typer.Option("--draft", rich_help_panel=_FLOW, help="As fast as the model allows.")] = False,
    steps: Annotated[
        int | None, typer.Option(metavar="N", rich_help_panel=_FLOW, help="Flow steps; default: the model's.")
    ] = None,
    solver: Annotated[
        str | None, typer.Option(metavar="euler|midpoint", rich_help_panel=_FLOW, help="Default: the model's.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="S", rich_help_panel=_FLOW, help="Default 0; same seed, same stems.")
    ] = None,
    seed_count: Annotated[
        int | None, typer.Option(metavar="N", rich_help_panel=_FLOW, help="Average N seeds: calmer, N times slower.")
    ] = None,
    takes: OldSeedCount = None,
    threads: Annotated[int | None, typer.Option(metavar="N", min=1, rich_help_panel=_FLOW, help="CPU cores.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", rich_help_panel=_FILES, help="Folder for stems (default: beside the input)"),
    ] = None,
    format: Annotated[
        str | None, typer.Option(metavar="wav24|wav32f|flac24", rich_help_panel=_FILES, help="Default: wav24.")
    ] = None,
    no_rest: Annotated[bool, typer.Option("--no-rest", rich_help_panel=_FILES, help="Do not write the rest.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", rich_help_panel=_FILES, help="Replace older stems instead of numbering.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="PNG", rich_help_panel=_FILES, help="Draw clip, stems and rest (or a folder)")
    ] = None,
    again: Annotated[
        Path | None,
        typer.Option(metavar="RECEIPT", rich_help_panel=_FILES, help="Make the stems of a .json receipt once more."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON event a line on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
) -> None:
    """Take sounds out of audio files: stems, the rest and a receipt, which together null.

    flowsep separate field.wav -q "a dog barking" -q "rain" --not "speech"
    """
    asked: dict[str, Any] = {
        "queries": query, "negative": negative, "steps": steps, "solver": solver, "draft": draft or None,
        "seed": seed, "seed_count": seed_count if takes is None else takes,
    }  # fmt: skip
    sound = {"mode": render, "strength": strength, "reduce_db": reduce_db, "gate": gate}
    with choose_reporter(as_json=as_json, quiet=quiet) as reporter, _failures_told(reporter):
        if again is None:
            files = {"out": out, "format": format, "residual": False if no_rest else None, "overwrite": overwrite}
            jobs = _new_jobs(inputs or [], _given(asked), _given(sound), _given(files), (start, end))
            opener = _Opener(model or "default", device, threads, None)
        else:
            fixed = {**asked, **sound, "format": format, "start": start, "end": end, "no_rest": no_rest or None}
            jobs, was = _old_job(again, inputs or [], list(_given(fixed)), out, overwrite=overwrite)
            opener = _Opener(model or was.get("folder") or was["name"], device, threads, was)
        pictures = [_picture(plot, job, len(jobs)) for job in jobs]
        code = _run(jobs, pictures, opener, reporter)
    if code:
        raise typer.Exit(code)


@contextmanager
def _failures_told(reporter: Reporter) -> Iterator[None]:
    """Let the reporter hear of what ends everything."""
    try:
        yield
    except FlowsepError as error:
        reporter.failed(None, error, error.exit_code)
        raise
    except KeyboardInterrupt:
        cancelled = Cancelled("cancelled; nothing half-made is left behind")
        reporter.failed(None, cancelled, cancelled.exit_code)
        raise cancelled from None


@dataclass(frozen=True, slots=True)
class _Opener:
    """How to open the separator, and the model that a receipt says it must be."""

    model: str
    device: str
    threads: int | None
    wanted: dict[str, Any] | None

    def open(self) -> "Separator":
        from flowsep_plugin.separate import Separator

        separator = Separator.open(self.model, self.device, threads=self.threads)
        if self.wanted:
            bundle = getattr(separator.engine, "bundle", None)
            found, name = bundle.digest if bundle else None, self.wanted["name"]
            if found != self.wanted["sha256"]:
                raise BundleError(
                    f"{self.model}: is not the {name} {self.wanted['version']} that the receipt was made with "
                    f"(sha256 {str(self.wanted['sha256'])[:12]}…); name its folder with --model"
                )
        return separator


def _run(jobs: list[Job], pictures: list[Path | None], opener: _Opener, reporter: Reporter) -> int:
    """Do all jobs; one bad file does not keep the others from being done. Returns the first failure's exit code."""
    code = 0
    separator = opener.open()
    with stoppable(reporter.tell) as stop:
        for number, (job, picture) in enumerate(zip(jobs, pictures, strict=True), start=1):
            stop.check()
            reporter.begin(job.path, number, len(jobs))
            try:
                made = _one(separator, job, reporter, stop)
                if picture is not None:
                    _draw(job, made, picture)
            except (MediaError, UsageError) as error:
                if len(jobs) == 1:
                    raise
                reporter.failed(job.path, error, error.exit_code)
                code = code or fail(error)
            else:
                reporter.done(job.path, made.record, job.files.out, picture)
    return code


def _one(separator: "Separator", job: Job, reporter: Reporter, stop: Stop) -> "FileSeparation":
    from flowsep_plugin.files import separate_file

    try:
        return separate_file(separator, job.path, job.request, job.files, stop.before(reporter.progress))
    except MemoryError:
        raise EngineError(f"{job.path.name}: out of memory; separate a part with --start and --end") from None


def _draw(job: Job, made: "FileSeparation", picture: Path) -> None:
    from flowsep_plugin.plot import plot_files

    plot_files(job.path, made, picture)


def _new_jobs(
    inputs: list[Path],
    given: dict[str, Any],
    sound: dict[str, Any],
    files: dict[str, Any],
    times: tuple[str | None, str | None],
) -> list[Job]:
    """Jobs of a fresh request, checked before the model is opened."""
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.files import FileRequest
    from flowsep_plugin.render_settings import RenderSettings

    if not inputs:
        raise UsageError("no INPUT: name the audio files to separate, or a receipt with --again")
    request = Request(**{"queries": (), **given, "render": RenderSettings(**sound)})
    start, end = (None if text is None else parse_time(text) for text in times)
    writing = FileRequest(**{**files, "out": files.get("out", Path())})
    jobs = []
    for path in inputs:
        folder = _writable(files.get("out", path.parent))
        jobs.append(Job(path, request, replace(writing, out=folder)))
    if start is None and end is None:
        return jobs
    return [_cut(job, start, end) for job in jobs]


def _cut(job: Job, start: Time | None, end: Time | None) -> Job:
    """The job on a part of its file."""
    from flowsep_plugin.media import open_media

    with open_media(job.path) as source:
        span = part_of(start, end, source.frames, source.rate)
    return replace(job, files=replace(job.files, span=span))


def _old_job(
    receipt: Path, inputs: list[Path], fixed: list[str], out: Path | None, *, overwrite: bool
) -> tuple[list[Job], dict[str, Any]]:
    """The job of a receipt, and the model it was made with."""
    from flowsep_plugin.files import read_receipt

    refused = [*map(str, inputs), *(f"--{_SPELLED.get(name, name.replace('_', '-'))}" for name in fixed)]
    if refused:
        raise UsageError(f"--again takes everything from the receipt; leave out {', '.join(refused)}")
    path, request, files, record = read_receipt(receipt)
    folder = _writable(files.out if out is None else out)
    return [Job(path, request, replace(files, out=folder, overwrite=overwrite))], dict(record["model"])


def _picture(plot: Path | None, job: Job, count: int) -> Path | None:
    """Where the job's picture goes: `plot` itself, or `<clip>.png` in it where it is a folder."""
    if plot is None:
        return None
    from flowsep_plugin.plot import check_picture

    if plot.is_dir():
        plot = plot / f"{job.path.stem}.png"
        check_picture(plot)
        return plot
    check_picture(plot)
    if count > 1:
        raise UsageError(f"--plot {plot} is one picture, there are {count} inputs; name a folder that exists")
    _writable(plot.parent)
    return plot


def _writable(folder: Path) -> Path:
    """`folder`, if files can be made in it or it can be made; else MediaError, before any work is done."""
    at = folder.absolute()
    while not at.exists() and at != at.parent:
        at = at.parent
    if not at.is_dir():
        raise MediaError(f"{folder}: {at} is a file, not a folder; choose another with --out")
    if not os.access(at, os.W_OK | os.X_OK):
        raise MediaError(f"{folder}: nothing may be written in {at}; choose another with --out")
    return folder


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Options that were on the line."""
    return {name: value for name, value in options.items() if value is not None}
