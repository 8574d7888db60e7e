"""`flowsep worker`, `jobs`, `batch` and `watch`: the background worker from the shell."""

import contextlib
import json
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowsep_plugin.errors import UsageError

from .options import AllowCpu, Device, Format, Gate, Model, Negative, NoRest, Queries, ReduceDb, Seed, Steps, Strength
from .stopping import stoppable
from .ways_out import message_of

if TYPE_CHECKING:
    from flowsep_plugin.jobs.batch.run import BatchProgress
    from flowsep_plugin.jobs.job import Job
    from flowsep_plugin.jobs.spec import JobSpec

jobs = typer.Typer(no_args_is_help=True, help="What the background worker has done, does and will do.")

Out = Annotated[Path, typer.Option(metavar="DIR", help="Where the stems go; the folder's tree is mirrored there.")]
SkipAbsent = Annotated[bool, typer.Option("--skip-absent", help="Write nothing where none of the sounds is there.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]


def worker(
    port: Annotated[int, typer.Option(help="Port of the loopback; 0 takes a free one.")] = 0,
    leave_after: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="End when idle for so long; 0 never. Default: settings.toml."),
    ] = None,
) -> None:
    """Run the background worker until Ctrl-C. Other commands start one by themselves where none runs."""
    from flowsep_plugin.jobs.directory import WorkerDirectory
    from flowsep_plugin.jobs.worker.process import serve
    from flowsep_plugin.settings import worker_settings

    settings = worker_settings()
    if leave_after is not None:
        settings = replace(settings, leave_after_seconds=leave_after)
    serve(WorkerDirectory.default(), settings, port)


@jobs.command("list")
def list_jobs(
    state: Annotated[list[str] | None, typer.Option(help="queued, running, done, failed, cancelled")] = None,
    as_json: Json = False,
) -> None:
    """List jobs in their order."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    found = WorkerClient.ensure().jobs(*(state or ()))
    if as_json:
        typer.echo(json.dumps([job.as_json() for job in found]))
        return
    for job in found:
        typer.echo(_line(job))


@jobs.command("show")
def show_job(name: str) -> None:
    """Show all of one job as JSON; the first characters of its id are enough."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    typer.echo(json.dumps(WorkerClient.ensure().job(name).as_json(), indent=1))


@jobs.command("cancel")
def cancel_job(
    name: Annotated[str | None, typer.Argument()] = None,
    all_jobs: Annotated[bool, typer.Option("--all", help="Everything that has not ended.")] = False,
) -> None:
    """Cancel a job, within a flow step; nothing half-made is left behind."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    if (name is None) == (not all_jobs):
        raise UsageError("name one job, or say --all; `flowsep jobs list` shows them")
    client = WorkerClient.ensure()
    if name is None:
        client.cancel_all()
    else:
        typer.echo(_line(client.change(name, "cancel")))


@jobs.command("retry")
def retry_job(name: str) -> None:
    """Put an ended job in again; parked ones too."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient

    typer.echo(_line(WorkerClient.ensure().change(name, "retry")))


@jobs.command("logs")
def show_log(name: Annotated[str | None, typer.Argument(help="A job; without it, where the logs are.")] = None) -> None:
    """Show what the log says about a job."""
    from flowsep_plugin.jobs.client.worker_client import WorkerClient
    from flowsep_plugin.jobs.directory import WorkerDirectory

    typer.echo(str(WorkerDirectory.default().logs) if name is None else "\n".join(WorkerClient.ensure().log(name)))


def batch(
    what: Annotated[Path, typer.Argument(metavar="FOLDER|MANIFEST.csv", help="A folder, or a CSV with path,query,…")],
    out: Out,
    query: Queries = None,
    negative: Negative = None,
    model: Model = "default",
    device: Device = "auto",
    allow_cpu: AllowCpu = False,
    steps: Steps = None,
    seed: Seed = 0,
    strength: Strength = 1.0,
    reduce_db: ReduceDb = None,
    gate: Gate = 1.0,
    format: Format = "wav24",
    no_rest: NoRest = False,
    skip_absent: SkipAbsent = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.csv|.json", help="Default: report.csv in the out folder.")
    ] = None,
    here: Annotated[bool, typer.Option("--here", help="In this process, without the worker.")] = False,
    cluster: Annotated[str | None, typer.Option(metavar="ray://…|local", help="On a Ray cluster.")] = None,
    as_json: Json = False,
) -> None:
    """Take sounds out of a whole library; run it again after any interruption and it goes on where it was.

    flowsep batch clips/ -q "keyboard clicks" --reduce-db 12 --out cleaned/
    """
    from flowsep_plugin.jobs.batch.cluster import ClusterRunner
    from flowsep_plugin.jobs.batch.manifest import folder_items, manifest_items
    from flowsep_plugin.jobs.batch.report import rows, write_report
    from flowsep_plugin.jobs.batch.run import run_batch
    from flowsep_plugin.jobs.batch.runners import LocalRunner, WorkerRunner

    if here and cluster:
        raise UsageError("--here and --cluster exclude each other")
    like = _like(what, query, negative, model, device, allow_cpu, steps, seed, (strength, reduce_db, gate), out, format,
                 residual=not no_rest, skip_absent=skip_absent)  # fmt: skip
    items = (
        manifest_items(what, like, needs_query=not query) if what.suffix.lower() == ".csv" else folder_items(what, like)
    )
    if not items:
        raise UsageError(f"{what}: no audio files in it")
    out = like.files.out
    with stoppable(lambda line: typer.echo(line, err=True)) as stop:
        runner: Any = (
            ClusterRunner(cluster, out) if cluster
            else LocalRunner(out, report=lambda progress: stop.check()) if here
            else WorkerRunner(check=stop.check)
        )  # fmt: skip

        def tell(progress: "BatchProgress") -> None:
            stop.check()
            _tell_batch(progress, as_json=as_json)

        outcomes = run_batch(items, runner, tell)
    write_report(report or out / "report.csv", outcomes)
    if as_json:
        typer.echo(json.dumps({"event": "report", "rows": list(rows(outcomes))}))
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    for outcome in failed:
        typer.echo(f"{outcome.item.name}: {message_of(outcome.error) if outcome.error else ''}", err=True)
    if failed:
        typer.echo(f"{len(failed)} of {len(outcomes)} files failed; the rest is done", err=True)
        raise typer.Exit(max(outcome.error.exit_code for outcome in failed if outcome.error))


def watch(
    folder: Annotated[Path, typer.Argument(help="New audio files in it are processed once they have stopped growing.")],
    out: Out,
    query: Queries = None,
    negative: Negative = None,
    model: Model = "default",
    device: Device = "auto",
    allow_cpu: AllowCpu = False,
    steps: Steps = None,
    seed: Seed = 0,
    strength: Strength = 1.0,
    reduce_db: ReduceDb = None,
    gate: Gate = 1.0,
    format: Format = "wav24",
    no_rest: NoRest = False,
    skip_absent: SkipAbsent = False,
    move_to: Annotated[Path | None, typer.Option(metavar="DIR", help="Move done inputs there.")] = None,
    settle: Annotated[float, typer.Option(metavar="SECONDS", help="A file unchanged for so long is finished.")] = 2.0,
    poll: Annotated[bool, typer.Option("--poll", help="Look, rather than be told: for network disks.")] = False,
    as_json: Json = False,
) -> None:
    """Watch a folder until Ctrl-C; after a restart nothing is done twice and nothing that came meanwhile is missed."""
    from flowsep_plugin.jobs.batch.watch import FolderWatch, Watched, WatchRules

    sound = (strength, reduce_db, gate)
    like = _like(folder, query, negative, model, device, allow_cpu, steps, seed, sound, out, format,
                 residual=not no_rest, skip_absent=skip_absent)  # fmt: skip

    def tell(watched: Watched) -> None:
        said = message_of(watched.error) if watched.error else watched.what
        event = {"event": watched.what, "path": str(watched.path), "said": said}
        typer.echo(json.dumps(event) if as_json else f"{watched.path}: {said}")
        sys.stdout.flush()

    ended = threading.Event()
    with stoppable(lambda line: ended.set()), contextlib.suppress(KeyboardInterrupt):
        FolderWatch(folder, like, WatchRules(settle, move_to, poll), tell).run(ended)


def register(app: typer.Typer) -> None:
    """Add these commands to the root."""
    for command in (worker, batch, watch):
        app.command()(command)
    app.add_typer(jobs, name="jobs")


def _like(
    what: Path, query: list[str] | None, negative: list[str] | None, model: str, device: str, allow_cpu: bool,
    steps: int | None, seed: int, sound: tuple[float, float | None, float], out: Path, format: Any, *, residual: bool,
    skip_absent: bool,
) -> "JobSpec":  # fmt: skip
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.files import FileRequest
    from flowsep_plugin.jobs.spec import JobSpec
    from flowsep_plugin.render_settings import RenderSettings

    if not query and what.suffix.lower() != ".csv":
        raise UsageError('no query: say what to take out, e.g. -q "a dog barking"')
    strength, reduce_db, gate = sound
    render = RenderSettings(strength=strength, reduce_db=reduce_db, gate=gate)
    request = Request(query or ["anything"], negative or (), steps=steps, seed=seed, render=render)
    files = FileRequest(out.expanduser().absolute(), format, residual=residual)
    named = str(Path(model).expanduser().absolute()) if len(Path(model).parts) > 1 else model
    return JobSpec(what, request, files, named, device, allow_cpu, skip_absent, loudness=True)


def _tell_batch(progress: "BatchProgress", *, as_json: bool) -> None:
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


def _clock(seconds: float) -> str:
    minutes, residual = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{residual:02}" if minutes >= 60 else f"{minutes}:{residual:02}"


def _line(job: "Job") -> str:
    state = "parked" if job.error and job.error.parked else "paused" if job.held else job.state
    said = f"  {message_of(job.error)}" if job.error else ""
    return f"{job.id[:8]}  {state:<9}  {job.spec.input.name}  [{', '.join(job.spec.request.queries)}]{said}"
