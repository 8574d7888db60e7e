"""The worker process: assembles lock, queue, dispatcher and API, and closes them in order.

`flowsep worker` runs it; clients start it as `python -m flowsep_plugin.jobs.worker` where none runs.
"""

import argparse
import contextlib
import logging
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from flowsep_plugin.errors import UsageError, WorkerError
from flowsep_plugin.file_lock import FileLock
from flowsep_plugin.jobs.directory import Address, WorkerDirectory
from flowsep_plugin.jobs.log_privacy import Public
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.jobs.store.database import Database
from flowsep_plugin.jobs.store.digests import Digests
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.settings import WorkerSettings, separation_settings, worker_settings
from flowsep_plugin.settings.devices import check_device
from flowsep_plugin.version import __version__

from .api import make_app
from .auth import AuthMiddleware
from .dispatcher import Dispatcher
from .engine_handle import EngineHandle
from .events import Events
from .listening import BindOptions, user_token
from .logs import start_logging
from .openapi import description
from .paths import path_rules
from .service import JobService
from .web.disk_calls import DiskCalls
from .web.server import EndDeadline, WorkerServer
from .web.streams import EventStreams

log = logging.getLogger(__name__)

_LOCK_SECONDS = 2.0
_LOOK_SECONDS = 0.25
_MOST_FILES = 4096


def serve(directory: WorkerDirectory, settings: WorkerSettings, listening: BindOptions) -> None:
    """Run the worker of `directory` until it is told to stop.

    Raises WorkerError where a worker runs already or the port is taken, MediaError where the disk refuses, UsageError
    for a wrong setting.
    """
    defaults = _job_defaults()
    directory.make()
    lock, until = FileLock(directory.worker_lock), time.monotonic() + _LOCK_SECONDS
    while not lock.acquire():  # a client that tests the lock holds it for a moment
        if time.monotonic() > until:
            raise WorkerError(f"a worker runs already in {directory.folder}; `flowsep jobs list` shows its jobs")
        time.sleep(0.02)
    directory.forget_address()  # a worker that crashed left it: somebody else may listen there now
    _allow_files()
    try:
        start_logging(directory)
        database = Database(directory.database)
        try:
            _serve(directory, settings, listening, database, defaults)
        finally:
            database.close()
    except Exception:
        log.exception("the worker ends")
        raise
    finally:
        directory.forget_address()
        lock.release()


def _job_defaults() -> dict[str, str]:
    """Return what a job that does not name them gets: model and device of environment and settings file."""
    settings = separation_settings()
    check_device(settings.device)
    return {"model": settings.model, "device": settings.device}


def _serve(
    directory: WorkerDirectory, settings: WorkerSettings, listening: BindOptions, database: Database,
    defaults: Mapping[str, str],
) -> None:  # fmt: skip
    events = Events()
    queue = JobQueue(database, lambda job: events.publish("job", job.as_json()))
    engine = EngineHandle(directory, settings)
    dispatcher = Dispatcher(queue, engine, events, settings)
    listener = listening.listen()
    url = f"http://{listening.local_host}:{listener.getsockname()[1]}"
    address = Address(url, listening.token or secrets.token_urlsafe(32), os.getpid(), __version__)
    last_call = [time.monotonic()]

    def on_call() -> None:
        last_call[0] = time.monotonic()

    def on_listening() -> None:
        directory.write_address(address)
        log.info("worker %s listens at %s", Public(__version__), Public(address.url))

    def on_end() -> None:
        streams.close()
        disk.close()

    def last_steps() -> None:
        directory.forget_address()
        _kill(engine.pid)

    service = JobService(
        queue=queue,
        digests=Digests(database),
        dispatcher=dispatcher,
        events=events,
        rules=path_rules(directory.folder, settings.roots),
        directory=directory,
        cache=EstimateCache(directory.cache, settings.cache_mb << 20),
        keep_ended=settings.keep_ended,
        repaired=database.repaired,
        defaults=defaults,
        shutdown=lambda: server.end(),
    )
    streams, disk, deadline = EventStreams(events), DiskCalls(), EndDeadline(last_steps)
    app = AuthMiddleware(make_app(service, streams, disk, description), address, on_call, listening.call_names)
    server = WorkerServer(app, on_listening, on_end, deadline)
    _end_on_signals(server)
    dispatcher.start()
    threading.Thread(
        target=_stop_when_idle, args=(settings.leave_after_seconds, dispatcher, last_call, server.end), daemon=True
    ).start()
    try:
        server.run(sockets=[listener])
    finally:
        directory.forget_address()
        dispatcher.stop()
        deadline.cancel()
        log.info("worker has stopped")


def _end_on_signals(server: WorkerServer) -> None:
    """End cleanly on a signal that comes before uvicorn looks for signals, or that it raises again at its end."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, server.handle_exit)


def _kill(pid: int | None) -> None:
    """End the engine process, where one runs."""
    if pid is not None:
        with contextlib.suppress(OSError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _allow_files() -> None:
    """Let the process have `_MOST_FILES` files and sockets open, where the system allows it; macOS starts with 256."""
    try:
        import resource
    except ImportError:  # Windows, where sockets have no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(_MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _stop_when_idle(
    seconds: float, dispatcher: Dispatcher, last_call: list[float], shutdown: Callable[[], None]
) -> None:
    while seconds:
        time.sleep(_LOOK_SECONDS)
        quiet = time.monotonic() - max(last_call[0], dispatcher.busy_until)
        if dispatcher.current is None and quiet > seconds:
            log.info("no jobs and no calls for %g s: the worker stops", seconds)
            shutdown()
            return


def main(arguments: list[str] | None = None) -> int:
    """Run the worker with command-line arguments; returns the exit code."""
    parser = argparse.ArgumentParser(prog="flowsep worker", description="Run the background worker.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument(
        "--leave-after", type=float, default=None, help="stop after this many seconds without jobs or calls; 0 never"
    )
    options = parser.parse_args(arguments)
    try:
        settings = worker_settings()
        if options.leave_after is not None:
            settings = replace(settings, leave_after_seconds=options.leave_after)
        serve(WorkerDirectory.default(), settings, BindOptions(port=options.port, token=user_token()))
    except (WorkerError, UsageError) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0
