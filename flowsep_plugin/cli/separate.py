"""`flowsep separate`: audio files in, stems, rest and receipt out."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import (
    BundleError,
    Cancelled,
    EffectError,
    EngineError,
    FlowsepError,
    MediaError,
    UsageError,
)
from flowsep_plugin.progress import ProgressCallback

from .app import fail
from .config.defaults import stem_folder, thread_count
from .effects import before_effects, effect_host, post_chain, with_effects
from .listening.queries import FoundCount, check_found, heard_queries, with_heard
from .options import (
    FILES,
    FileOptions,
    ModelOptions,
    OldSeedCount,
    Post,
    RequestOptions,
    StemFolder,
    Threads,
    VideoOptions,
    absent_policy,
    option,
    with_options,
)
from .reporters import Reporter, choose_reporter
from .stopping import CANCELLED, Stop, stoppable
from .times import HELP as TIME_HELP
from .times import Time, parse_time, part_of

if TYPE_CHECKING:
    from flowsep_plugin.effects import EffectChain
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.files import FileRequest, FileSeparation
    from flowsep_plugin.listening import Listener
    from flowsep_plugin.separate import Separator


@dataclass(frozen=True, slots=True)
class FileJob:
    """One input file, its request, where its stems go, and the chain of effects for wet ones."""

    path: Path
    request: "Request"
    files: "FileRequest"
    chain: "EffectChain | None" = None
    found_count: int | None = None
    """Number of heard sounds that become the queries; None where they were typed."""


@with_options
def separate(
    *,
    inputs: Annotated[list[Path] | None, typer.Argument(metavar="INPUT…", help="Audio or video files.")] = None,
    request: RequestOptions,
    found_count: FoundCount = None,
    start: Annotated[
        str | None, option("--start", metavar="TIME", help=f"Start of the part to separate: {TIME_HELP}.", default=0)
    ] = None,
    end: Annotated[str | None, option("--end", metavar="TIME", help="Its end.", default="the clip's end")] = None,
    model: ModelOptions,
    threads: Threads = None,
    takes: OldSeedCount = None,
    files: FileOptions,
    channels: Annotated[
        str | None,
        option(
            "--channels",
            metavar="N,…",
            panel=FILES,
            default="all",
            help="Separate only these channels, counted from 1; stems have them in this order.",
        ),
    ] = None,
    video: VideoOptions,
    out: StemFolder = None,
    overwrite: Annotated[
        bool, option("--overwrite", panel=FILES, help="Replace older stems; otherwise new ones are numbered.")
    ] = False,
    plot: Annotated[
        Path | None,
        option(
            "--plot", metavar="PNG", panel=FILES, help="Draw clip, stems and rest to this file, or into this folder."
        ),
    ] = None,
    post: Post = None,
    again: Annotated[
        Path | None,
        option("--again", metavar="RECEIPT", panel=FILES, help="Repeat the separation of a receipt (.json)."),
    ] = None,
    as_json: Annotated[bool, option("--json", help="Print one JSON event a line on stdout, for programs.")] = False,
    quiet: Annotated[bool, option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Separate sounds from audio files: writes stems, the rest, and a receipt; stems and rest sum to the clip.

    flowsep separate field.wav -q "a dog barking" -q "rain" --not "speech"
    """
    request = request if takes is None else replace(request, seed_count=takes)
    with choose_reporter(as_json=as_json, quiet=quiet) as reporter, _failures_reported(reporter):
        if again is None and not inputs:
            raise UsageError("no INPUT: name the audio files to separate, or a receipt with --again")
        if again is None:
            check_found(found_count, request)
            times = (None if start is None else parse_time(start), None if end is None else parse_time(end))
            out = stem_folder(out)
            jobs = _new_jobs(
                inputs or [],
                request.request(("anything",) if found_count else ()),
                _file_request(files, channels, video, out, overwrite=overwrite),
                out,
                times,
            )
            jobs = [replace(job, chain=post_chain(post), found_count=found_count) for job in jobs]
            opener = _SeparatorOpener(model.name, model.device, thread_count(threads))
        else:
            own = (
                ("--found", found_count),
                ("--start", start),
                ("--end", end),
                ("--channels", channels),
                ("--post", post),
            )
            own_typed = [name for name, text in own if text is not None]
            conflicts = [
                *map(str, inputs or ()),
                *request.typed_options(),
                *files.typed_options(),
                *video.typed_options(),
                *own_typed,
            ]
            jobs, record = _repeated_job(again, conflicts, out, overwrite=overwrite)
            opener = _SeparatorOpener(
                model.model or record.get("folder") or record["name"], model.device, thread_count(threads), record
            )
        pictures = [_picture(plot, job, len(jobs)) for job in jobs]
        code = _run(jobs, pictures, opener, reporter)
    if code:
        raise typer.Exit(code)


@contextmanager
def _failures_reported(reporter: Reporter) -> Iterator[None]:
    """Pass an error that ends the command to the reporter, then raise it again."""
    try:
        yield
    except FlowsepError as error:
        reporter.failed(None, error, error.exit_code)
        raise
    except KeyboardInterrupt:
        cancelled = Cancelled(CANCELLED)
        reporter.failed(None, cancelled, cancelled.exit_code)
        raise cancelled from None


@dataclass(frozen=True, slots=True)
class _SeparatorOpener:
    """Arguments of `Separator.open`, and the model's `record` in a receipt, which the model must match."""

    model: str
    device: str
    threads: int | None
    record: dict[str, Any] | None = None

    def open(self) -> "Separator":
        """Open the separator. Raises BundleError where the model is not the receipt's."""
        from flowsep_plugin.separate import Separator

        separator = Separator.open(self.model, self.device, threads=self.threads)
        if self.record:
            bundle = getattr(separator.engine, "bundle", None)
            if (bundle.digest if bundle else None) != self.record["sha256"]:
                raise BundleError(
                    f"{self.model}: is not the {self.record['name']} {self.record['version']} of the receipt (sha256 "
                    f"{str(self.record['sha256'])[:12]}…); name the folder of that model with --model"
                )
        return separator

    def open_listener(self) -> "Listener":
        """Open the listener of the same model. Raises BundleError where it has none."""
        from flowsep_plugin.listening import Listener

        return Listener.open(self.model, self.device, threads=self.threads)


def _with_heard_queries(listener: "Listener", job: FileJob, progress: ProgressCallback) -> FileJob:
    """Return the job with what is heard in its file as queries. Raises UsageError where nothing is."""
    files = job.files
    queries = heard_queries(
        listener,
        job.path,
        job.found_count or 1,
        progress,
        span=files.span,
        stream=files.stream,
        channels=files.channels,
    )
    return replace(job, request=with_heard(job.request, queries))


def _run(jobs: list[FileJob], pictures: list[Path | None], opener: _SeparatorOpener, reporter: Reporter) -> int:
    """Run all jobs, also after one has failed. Returns the exit code of the first failure, or 0."""
    code = 0
    with ExitStack() as stack:
        stop = stack.enter_context(stoppable(reporter.note))
        host = effect_host(jobs[0].chain, stack)
        listener = stack.enter_context(opener.open_listener()) if jobs[0].found_count else None
        separator = opener.open()
        for number, (job, picture) in enumerate(zip(jobs, pictures, strict=True), start=1):
            stop.check()
            reporter.begin(job.path, number, len(jobs))
            try:
                if listener is not None:
                    job = _with_heard_queries(listener, job, stop.before(reporter.progress))
                    reporter.note(f"heard: {', '.join(job.request.queries)}")
                separation = _separate_one(separator, job, reporter, stop)
                if picture is not None:
                    _draw(job, separation, picture)
                report = stop.before(reporter.progress)
                record = with_effects(host, job.chain, separation, report, overwrite=job.files.overwrite)
            except (MediaError, UsageError, EffectError) as error:
                if len(jobs) == 1:
                    raise
                reporter.failed(job.path, error, error.exit_code)
                code = code or fail(error)
            else:
                reporter.done(job.path, record, job.files.out, picture)
    return code


def _separate_one(separator: "Separator", job: FileJob, reporter: Reporter, stop: Stop) -> "FileSeparation":
    from flowsep_plugin.files import separate_file

    try:
        return separate_file(
            separator,
            job.path,
            job.request,
            job.files,
            before_effects(stop.before(reporter.progress), job.chain),
            announce=reporter.note,
        )
    except MemoryError:
        raise EngineError(f"{job.path.name}: out of memory; separate a part of it with --start and --end") from None


def _draw(job: FileJob, separation: "FileSeparation", picture: Path) -> None:
    from flowsep_plugin.plot import plot_files

    plot_files(job.path, separation, picture)


def _file_request(
    options: FileOptions, channels: str | None, video: VideoOptions, out: Path | None, *, overwrite: bool
) -> "FileRequest":
    from flowsep_plugin.files import FileRequest

    return FileRequest(
        out or Path(),
        format=options.format_name,
        keep_format=options.format is not None,
        residual=not options.no_rest,
        absent=absent_policy(options.absent, "write"),
        overwrite=overwrite,
        channels=None if channels is None else _channel_indices(channels),
        **video.fields(),
    )


def _channel_indices(text: str) -> tuple[int, ...]:
    """Return the indices, from 0, of channels counted from 1, such as "1,3". Raises UsageError for other text."""
    numbers = [part.strip() for part in text.split(",")]
    if not all(number.isdecimal() and int(number) for number in numbers):
        raise UsageError(f"--channels takes numbers from 1 up, separated by commas, such as 1,3; got {text!r}")
    return tuple(int(number) - 1 for number in numbers)


def _new_jobs(
    inputs: list[Path],
    request: "Request",
    files: "FileRequest",
    out: Path | None,
    times: tuple[Time | None, Time | None],
) -> list[FileJob]:
    """Return a job for each input, checked before the model is opened. Raises UsageError or MediaError."""
    jobs = [FileJob(path, request, replace(files, out=_writable(out or path.parent))) for path in inputs]
    return [_cut(job, *times) for job in jobs] if any(times) else jobs


def _cut(job: FileJob, start: Time | None, end: Time | None) -> FileJob:
    """Return the job with only a part of its file."""
    from flowsep_plugin.media import open_media

    with open_media(job.path, stream=job.files.stream) as source:
        span = part_of(start, end, source.frames, source.rate)
    return replace(job, files=replace(job.files, span=span))


def _repeated_job(
    receipt: Path, conflicts: list[str], out: Path | None, *, overwrite: bool
) -> tuple[list[FileJob], dict[str, Any]]:
    """Return the job of a receipt and the receipt's record of the model. Raises UsageError for `conflicts`."""
    from flowsep_plugin.effects.stems import chain_of_receipt
    from flowsep_plugin.files import read_receipt

    if conflicts:
        raise UsageError(f"--again takes everything from the receipt; drop {', '.join(conflicts)}")
    path, request, files, record = read_receipt(receipt)
    folder = _writable(files.out if out is None else out)
    job = FileJob(path, request, replace(files, out=folder, overwrite=overwrite), chain_of_receipt(record))
    return [job], dict(record["model"])


def _picture(plot: Path | None, job: FileJob, count: int) -> Path | None:
    """Return the path of the job's picture: `plot`, or `<clip>.png` in it where it is a folder.

    Raises UsageError where several inputs would share one picture, or the suffix is not .png.
    """
    if plot is None:
        return None
    from flowsep_plugin.plot import check_picture

    if plot.is_dir():
        plot = plot / f"{job.path.stem}.png"
        check_picture(plot)
        return plot
    check_picture(plot)
    if count > 1:
        raise UsageError(f"--plot {plot} is one file for {count} inputs; name an existing folder")
    _writable(plot.parent)
    return plot


def _writable(folder: Path) -> Path:
    """Return `folder` if it exists or can be created, and is writable. Raises MediaError before any work is done."""
    nearest = folder.absolute()
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        raise MediaError(f"{folder}: {nearest} is a file, not a folder; choose another folder", setting="out")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise MediaError(f"{folder}: no permission to write in {nearest}; choose another folder", setting="out")
    return folder
