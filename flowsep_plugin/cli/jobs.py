"""`flowsep worker`, `jobs`, `batch` and `watch`: the background worker from the shell."""

import contextlib
import json
import sys
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import UsageError

from .effects import post_chain, with_post
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
    absent_policy,
    option,
    with_options,
)
from .stopping import stoppable
from .ways_out import message_of

if TYPE_CHECKING:
    from flowsep_plugin.jobs.batch.run import BatchProgress
    from flowsep_plugin.jobs.job import Job
    from flowsep_plugin.jobs.spec import JobSpec

JobId = Annotated[str, typer.Argument(metavar="ID", help="A job's id, or its first characters.")]
OptionalJobId = Annotated[str | None, typer.Argument(metavar="ID", help="A job's id, or its first characters.")]

jobs = typer.Typer(no_args_is_help=True, help="List, cancel and retry the jobs of the background worker.")


@dataclass(frozen=True, kw_only=True)
class LibraryOptions(OptionGroup):
    """Options of `batch` and `watch`: how every file is separated, and where its stems go."""

    out: Annotated[
        Path,
        option("--out", metavar="DIR", panel=FILES, help="Folder for the stems; mirrors the input folder's tree."),
    ]  # fmt: skip
    request: RequestOptions
    model: ModelOptions
    allow_cpu: AllowCpu = False
    files: FileOptions
    skip_absent: Annotated[
        bool, option("--skip-absent", panel=FILES, help="Write nothing for a clip in which no sound is found.")
    ] = False

    def job_spec(self, source: Path) -> "JobSpec":
        """Return the job for every file of `source`; the rows of a CSV replace its queries. Raises UsageError."""
        from flowsep_plugin.files import FileRequest
        from flowsep_plugin.jobs.spec import JobSpec

        is_manifest = source.suffix.lower() == ".csv"
        fallback = (self.request.sounds_with_settings() or ["anything"]) if is_manifest else ()
        name = self.model.name
        return JobSpec(
            source,
            self.request.request(fallback),
            FileRequest(
                self.out.expanduser().absolute(),
                self.files.format_name,
                keep_format=self.files.format is not None,
                residual=not self.files.no_rest,
                absent=absent_policy(self.files.absent, "write"),
            ),
            str(Path(name).expanduser().absolute()) if len(Path(name).parts) > 1 else name,
            self.model.device,
            self.allow_cpu,
            self.skip_absent,
            loudness=True,
        )


def worker(
    port: Annotated[
        int, typer.Option(metavar="PORT", help="TCP port on this machine, 0 to 65535; 0 is a free one.")
    ] = 0,
    leave_after: Annotated[
        float | None,
        option(
            "--leave-after",
            metavar="SECONDS",
            help="End after this time without work or calls; 0 is never.",
            default="as in settings.toml",
        ),
    ] = None,
) -> None:
    """Run the background worker until Ctrl-C. Commands that need a worker start one if none is running."""
    from flowsep_plugin.jobs.directory import WorkerDirectory
    from flowsep_plugin.jobs.worker.process import serve
    from flowsep_plugin.settings import worker_settings

    settings = worker_settings()
    if leave_after is not None:
        settings = replace(settings, leave_after_seconds=leave_after)
    serve(WorkerDirectory.default(), settings, port)


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
        typer.echo(json.dumps([job.as_json() for job in listed]))
        return
    for job in listed:
        typer.echo(_line(job))


@jobs.command("show")
def show_job(name: JobId) -> None:
    """Print a job as JSON."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    typer.echo(json.dumps(WorkerClient.ensure().job(name).as_json(), indent=1))


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
        typer.echo(_line(client.change(name, "cancel")))


@jobs.command("retry")
def retry_job(name: JobId) -> None:
    """Queue a job again that has ended or was parked."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    typer.echo(_line(WorkerClient.ensure().change(name, "retry")))


@jobs.command("logs")
def show_log(name: OptionalJobId = None) -> None:
    """Print the log of a job or, without an id, the folder of the logs."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient
    from flowsep_plugin.jobs.directory import WorkerDirectory

    typer.echo(str(WorkerDirectory.default().logs) if name is None else "\n".join(WorkerClient.ensure().log(name)))


@with_options
def batch(
    *,
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER|MANIFEST.csv", help="A folder of audio files, or a CSV with path,query,…")
    ],
    options: LibraryOptions,
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
    from flowsep_plugin.jobs.batch.report import rows, write_report
    from flowsep_plugin.jobs.batch.run import run_batch
    from flowsep_plugin.jobs.batch.runners import LocalRunner, WorkerRunner

    if here and cluster:
        raise UsageError("--here and --cluster cannot be combined; drop one")
    job = options.job_spec(source)
    if source.suffix.lower() == ".csv":
        items = manifest_items(source, job, needs_query=not options.request.queries)
    else:
        items = folder_items(source, job)
    if not items:
        raise UsageError(f"{source}: contains no audio files; name another folder")
    out = job.files.out
    with stoppable(lambda line: typer.echo(line, err=True)) as stop:
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
    write_report(report or out / "report.csv", outcomes)
    if as_json:
        typer.echo(json.dumps({"event": "report", "rows": list(rows(outcomes))}))
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    for outcome in failed:
        typer.echo(f"{outcome.item.name}: {message_of(outcome.error) if outcome.error else ''}", err=True)
    if failed:
        typer.echo(f"{len(failed)} of {len(outcomes)} files failed; the others are done", err=True)
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

    def on_event(event: WatchEvent) -> None:
        text = message_of(event.error) if event.error else event.what
        record = {"event": event.what, "path": str(event.path), "said": text}
        typer.echo(json.dumps(record) if as_json else f"{event.path}: {text}")
        sys.stdout.flush()

    stop = threading.Event()
    with stoppable(lambda line: stop.set()), contextlib.suppress(KeyboardInterrupt):
        FolderWatch(folder, job, WatchRules(settle, move_to, poll), on_event).run(stop)


def register(app: typer.Typer) -> None:
    """Add `worker`, `batch`, `watch` and `jobs` to the root command."""
    for command in (worker, batch, watch):
        app.command()(command)
    app.add_typer(jobs, name="jobs")


def _print_progress(progress: "BatchProgress", *, as_json: bool) -> None:
    last = progress.last
    name = "" if last is None else last.item.name
    if as_json:
        event = {key: value for key, value in asdict(replace(progress, last=None)).items() if key != "last"}
        typer.echo(json.dumps({"event": "progress", **event, "file": name}))
        return
    if last is None:
        return
    state = "failed" if last.error else "absent" if last.is_absent else "done"
    eta = "" if not progress.eta_seconds else f", {_clock(progress.eta_seconds)} to go"
    typer.echo(f"[{progress.done}/{progress.total}{eta}] {state}: {name}")
    for note in (last.result or {}).get("record", {}).get("notes", ()):
        typer.echo(f"  {note}")


def _clock(seconds: float) -> str:
    minutes, residual = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{residual:02}" if minutes >= 60 else f"{minutes}:{residual:02}"


def _line(job: "Job") -> str:
    state = "parked" if job.error and job.error.parked else "paused" if job.paused else job.state
    reason = f"  {message_of(job.error)}" if job.error else ""
    return f"{job.id[:8]}  {state:<9}  {job.spec.input.name}  [{', '.join(job.spec.request.queries)}]{reason}"
