"""`flowsep worker`, `jobs`, `batch` and `watch`: the background worker from the shell."""

import contextlib
import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import UsageError, WorkerError
from flowsep_plugin.untrusted.printable import one_line

from .config.completing import jobs as complete_jobs
from .config.defaults import required_stem_folder
from .effects import post_chain, with_post
from .listening.library import Find, find_in_library, items_with_heard
from .listening.queries import FoundCount, check_found
from .options import (
    FILES,
    AllowCpu,
    FileOptions,
    Here,
    Json,
    ModelOptions,
    OptionGroup,
    Post,
    RequestOptions,
    VideoOptions,
    absent_policy,
    option,
    with_options,
)
from .stopping import stoppable
from .terminal import echo
from .ways_out import message_of

if TYPE_CHECKING:
    from flowsep_plugin.jobs.batch.run import BatchProgress
    from flowsep_plugin.jobs.job import Job
    from flowsep_plugin.jobs.spec import JobSpec

_JOB_ID = typer.Argument(metavar="ID", help="A job's id, or its first characters.", autocompletion=complete_jobs)
JobId = Annotated[str, _JOB_ID]
OptionalJobId = Annotated[str | None, _JOB_ID]

jobs = typer.Typer(no_args_is_help=True, help="List, cancel and retry the jobs of the background worker.")


@dataclass(frozen=True, kw_only=True)
class LibraryOptions(OptionGroup):
    """Options of `batch` and `watch`: how every file is separated, and where its stems go."""

    out: Annotated[
        Path | None,
        option("--out", "-o", metavar="DIR", panel=FILES, default_from="separation.out",
               help="Folder for the stems; mirrors the input folder's tree."),
    ] = None  # fmt: skip
    request: RequestOptions
    model: ModelOptions
    allow_cpu: AllowCpu = False
    files: FileOptions
    video: VideoOptions
    skip_absent: Annotated[
        bool, option("--skip-absent", panel=FILES, help="Write nothing for a clip in which no sound is found.")
    ] = False

    def typed_options(self) -> list[str]:
        """Return the spellings of the options that were typed, but for those of the model."""
        groups = (self.request, self.files, self.video)
        own = [name for name in super().typed_options() if name != "--model"]
        return [*own, *(name for group in groups for name in group.typed_options())]

    def job_spec(self, source: Path, *, is_heard: bool = False) -> "JobSpec":
        """Return the job for every file of `source`; the rows of a CSV replace its queries. Raises UsageError.

        is_heard : its queries are those that `--found` hears in each file.
        """
        from flowsep_plugin.files import FileRequest
        from flowsep_plugin.jobs.spec import JobSpec

        is_manifest = source.suffix.lower() == ".csv"
        fallback = (self.request.sounds_with_settings() or ["anything"]) if is_manifest or is_heard else ()
        return JobSpec(
            source,
            self.request.request(fallback),
            FileRequest(
                required_stem_folder(self.out).expanduser().absolute(),
                self.files.format_name,
                keep_format=self.files.format is not None,
                residual=not self.files.no_rest,
                absent=absent_policy(self.files.absent, "write"),
                **self.video.fields(),
            ),
            _stable(self.model.name),
            self.model.device,
            self.allow_cpu,
            self.skip_absent,
            loudness=True,
        )


def worker(
    port: Annotated[
        int, typer.Option(metavar="PORT", help="TCP port on this machine, 0 to 65535; 0 is a free one.")
    ] = 0,
    host: Annotated[
        str | None,
        option("--host", metavar="ADDRESS", default="127.0.0.1: this machine alone",
               help="IPv4 address to listen at; another than the loopback needs a token in FLOWSEP_WORKER_TOKEN_FILE."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        option("--allow-host", metavar="NAME", help="A name by which others call this machine; repeat for more."),
    ] = None,
    check: Annotated[
        bool, option("--check", help="Start none; the exit code says whether one runs and answers: 0 or 5.")
    ] = False,
    leave_after: Annotated[
        float | None,
        option(
            "--leave-after",
            metavar="SECONDS",
            help="End after this time without work or calls; 0 is never.",
            default="as in settings.toml",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Run the background worker until Ctrl-C. Commands that need a worker start one if none is running."""
    from flowsep_plugin.jobs.directory import WorkerDirectory
    from flowsep_plugin.settings import worker_settings

    if check:
        _check_worker()
        return
    from flowsep_plugin.jobs.worker.listening import LOOPBACK, BindOptions, user_token
    from flowsep_plugin.jobs.worker.process import serve

    settings = worker_settings()
    if leave_after is not None:
        settings = replace(settings, leave_after_seconds=leave_after)
    listening = BindOptions(host=host or LOOPBACK, port=port, names=tuple(allow_host or ()), token=user_token())
    serve(WorkerDirectory.default(), settings, listening)


def _check_worker() -> None:
    """Print the state of the running worker. Raises WorkerError where none answers."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient
    from flowsep_plugin.jobs.directory import WorkerDirectory

    client = WorkerClient.running()
    if client is None:
        raise WorkerError(f"no worker answers in {WorkerDirectory.default().folder}; `flowsep worker` starts one")
    status = client.status()
    echo(
        f"worker {status['version']} runs; jobs: {', '.join(f'{n} {s}' for s, n in status['counts'].items()) or 'none'}"
    )


@jobs.command("list")
def list_jobs(
    state: Annotated[
        list[str] | None,
        option(
            "--state",
            metavar="STATE",
            help="queued, running, done, failed or cancelled; repeat for more.",
            default="all",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the jobs of the worker in their order."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    listed = WorkerClient.ensure().jobs(*(state or ()))
    if as_json:
        echo(json.dumps([job.as_json() for job in listed]))
        return
    for job in listed:
        echo(_line(job))


@jobs.command("show")
def show_job(name: JobId) -> None:
    """Print a job as JSON."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    echo(json.dumps(WorkerClient.ensure().job(name).as_json(), indent=1))


@jobs.command("cancel")
def cancel_job(
    name: OptionalJobId = None,
    all_jobs: Annotated[bool, option("--all", help="Cancel all jobs that have not ended.")] = False,
) -> None:
    """Cancel a job, at the next flow step; no partial files are left."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    if (name is None) == (not all_jobs):
        raise UsageError("name one job, or use --all; `flowsep jobs list` shows them")
    client = WorkerClient.ensure()
    if name is None:
        client.cancel_all()
    else:
        echo(_line(client.change(name, "cancel")))


@jobs.command("retry")
def retry_job(name: JobId) -> None:
    """Queue a job again that has ended or was parked."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    echo(_line(WorkerClient.ensure().change(name, "retry")))


@jobs.command("logs")
def show_log(name: OptionalJobId = None) -> None:
    """Print the log of a job or, without an id, the folder of the logs."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient
    from flowsep_plugin.jobs.directory import WorkerDirectory

    echo(str(WorkerDirectory.default().logs) if name is None else "\n".join(WorkerClient.ensure().log(name)))


@with_options
def batch(
    *,
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER|MANIFEST.csv", help="A folder of audio files, or a CSV with path,query,…")
    ],
    options: LibraryOptions,
    found_count: FoundCount = None,
    find: Find = None,
    report: Annotated[
        Path | None,
        option("--report", metavar="FILE", panel=FILES, help="Report of all files, .csv or .json.",
               default="report.csv in the out folder"),
    ] = None,
    post: Post = None,
    here: Here = False,
    cluster: Annotated[
        str | None, option("--cluster", metavar="ADDRESS", help="Separate on a Ray cluster: ray://HOST:PORT, or local.")
    ] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Separate a whole library. After an interruption, run it again: it continues with the next file.

    flowsep batch clips/ -q "keyboard clicks" --reduce-db 12 --out cleaned/
    """
    from flowsep_plugin.jobs.batch.cluster import ClusterRunner
    from flowsep_plugin.jobs.batch.manifest import folder_items, manifest_items
    from flowsep_plugin.jobs.batch.report import rows, write_rows
    from flowsep_plugin.jobs.batch.run import run_batch
    from flowsep_plugin.jobs.batch.runners import LocalRunner, WorkerRunner

    if here and cluster:
        raise UsageError("--here and --cluster cannot be combined; drop one")
    if find:
        beside = [
            *options.typed_options(),
            *_typed("--found", found_count),
            *_typed("--post", post),
            *_typed("--here", here),
        ]
        beside += _typed("--cluster", cluster)
        if beside:
            raise UsageError(f"--find only searches and writes no stems; drop {', '.join(beside)}")
        find_in_library(source, find, options.model, report, as_json=as_json)
        return
    check_found(found_count, options.request)
    job = options.job_spec(source, is_heard=found_count is not None)
    _print_remark(options)
    if source.suffix.lower() == ".csv":
        items = manifest_items(source, job, needs_query=not options.request.queries and found_count is None)
    else:
        items = folder_items(source, job)
    if not items:
        raise UsageError(f"{source}: contains no audio files; name another folder")
    out = job.files.out
    unheard: list[dict[str, Any]] = []
    with stoppable(lambda line: echo(line, err=True)) as stop:
        if found_count is not None:
            items, unheard = items_with_heard(items, found_count, options.model, stop)
        runner: Any = (
            ClusterRunner(cluster, out) if cluster
            else LocalRunner(out, report=lambda progress: stop.check()) if here
            else WorkerRunner(check=stop.check)
        )  # fmt: skip
        runner = with_post(runner, post_chain(post))

        def on_progress(progress: "BatchProgress") -> None:
            stop.check()
            _print_progress(progress, as_json=as_json)

        outcomes = run_batch(items, runner, on_progress)
    of_report = [*rows(outcomes), *unheard]
    write_rows(report or out / "report.csv", of_report)
    if as_json:
        echo(json.dumps({"event": "report", "rows": of_report}))
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    for outcome in failed:
        echo(f"{one_line(outcome.item.name)}: {message_of(outcome.error) if outcome.error else ''}", err=True)
    if failed:
        echo(f"{len(failed)} of {len(outcomes)} files failed; the others are done", err=True)
        raise typer.Exit(max(outcome.error.exit_code for outcome in failed if outcome.error))


@with_options
def watch(
    *,
    folder: Annotated[Path, typer.Argument(help="Folder whose new audio files are separated once complete.")],
    options: LibraryOptions,
    move_to: Annotated[
        Path | None, option("--move-to", metavar="DIR", panel=FILES, help="Move inputs there when they are done.")
    ] = None,
    settle: Annotated[
        float, option("--settle", metavar="SECONDS", help="A file is complete when it has not changed for so long.")
    ] = 2.0,
    poll: Annotated[
        bool, option("--poll", help="List the folder regularly instead of relying on notifications: for network disks.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Separate new audio files in a folder until Ctrl-C. After a restart it catches up; no file is done twice."""
    from flowsep_plugin.jobs.batch.watch import FolderWatch, WatchEvent, WatchRules

    job = options.job_spec(folder)
    _print_remark(options)

    def on_event(event: WatchEvent) -> None:
        text = message_of(event.error) if event.error else event.what
        record = {"event": event.what, "path": str(event.path), "said": text}
        notes = _notes(event.job.result) if event.what == "done" and event.job else []
        echo(
            json.dumps({**record, "notes": notes})
            if as_json
            else "\n  ".join([f"{one_line(event.path)}: {text}", *notes])
        )
        sys.stdout.flush()

    stop = threading.Event()
    with stoppable(lambda line: stop.set()), contextlib.suppress(KeyboardInterrupt):
        FolderWatch(folder, job, WatchRules(settle, move_to, poll), on_event).run(stop)


def register(app: typer.Typer) -> None:
    """Add `worker`, `batch`, `watch` and `jobs` to the root command."""
    for command in (worker, batch, watch):
        app.command()(command)
    app.add_typer(jobs, name="jobs")


def _stable(model: str) -> str:
    """Return a model's name or path as the worker finds it, which runs in another folder."""
    from flowsep_plugin.models import find_repository

    if len(Path(model).parts) == 1:
        return model
    folder = Path(model).expanduser().absolute()
    return str(folder if folder.is_dir() else find_repository(model) or folder)


def _print_progress(progress: "BatchProgress", *, as_json: bool) -> None:
    last = progress.last
    name = "" if last is None else last.item.name
    if as_json:
        event = {key: value for key, value in asdict(replace(progress, last=None)).items() if key != "last"}
        echo(json.dumps({"event": "progress", **event, "file": name}))
        return
    if last is None:
        return
    state = "failed" if last.error else "absent" if last.is_absent else "done"
    eta = "" if not progress.eta_seconds else f", {_clock(progress.eta_seconds)} to go"
    echo(f"[{progress.done}/{progress.total}{eta}] {state}: {one_line(name)}")
    for note in _notes(last.result):
        echo(f"  {note}")


def _notes(result: Mapping[str, Any] | None) -> list[str]:
    """Return the remarks of the receipt in a job's result."""
    return list((result or {}).get("record", {}).get("notes", ()))


def _print_remark(options: "LibraryOptions") -> None:
    remark = options.files.clipping_remark()
    if remark is not None:
        echo(remark, err=True)


def _clock(seconds: float) -> str:
    minutes, residual = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{residual:02}" if minutes >= 60 else f"{minutes}:{residual:02}"


def _typed(name: str, value: object) -> list[str]:
    return [] if value is None or value is False else [name]


def _line(job: "Job") -> str:
    state = "parked" if job.error and job.error.parked else "paused" if job.paused else job.state
    reason = f"  {one_line(message_of(job.error))}" if job.error else ""
    queries = one_line(", ".join(job.spec.request.queries))
    return f"{job.id[:8]}  {state:<9}  {one_line(job.spec.input.name)}  [{queries}]{reason}"
