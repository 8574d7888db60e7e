"""The worker process: assembles lock, queue, dispatcher and API, and closes them in order.

`flowsep worker` runs it; clients start it as `python -m flowsep_plugin.jobs.worker` where none runs.
"""

import argparse
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import uvicorn

from flowsep_plugin.errors import WorkerError
from flowsep_plugin.file_lock import FileLock
from flowsep_plugin.jobs.directory import Address, WorkerDirectory
from flowsep_plugin.jobs.log_privacy import Public
from flowsep_plugin.jobs.store.cache import EstimateCache
from flowsep_plugin.jobs.store.database import Database
from flowsep_plugin.jobs.store.digests import Digests
from flowsep_plugin.jobs.store.queue import JobQueue
from flowsep_plugin.settings import WorkerSettings, worker_settings
from flowsep_plugin.version import __version__

from .api import make_app
from .auth import AuthMiddleware
from .dispatcher import Dispatcher
from .engine_handle import EngineHandle
from .events import Events
from .logs import start_logging
from .openapi import description
from .paths import path_rules
from .service import JobService

log = logging.getLogger(__name__)

_LOCK_SECONDS = 2.0
_LOOK_SECONDS = 0.25


def serve(directory: WorkerDirectory, settings: WorkerSettings, port: int = 0) -> None:
    """Run the worker of `directory` until it is told to stop; port 0 takes a free one.

    Raises WorkerError where a worker runs already or the port is taken, MediaError where the disk refuses.
    """
    directory.make()
    lock, until = FileLock(directory.worker_lock), time.monotonic() + _LOCK_SECONDS
    while not lock.acquire():  # a client that tests the lock holds it for a moment
        if time.monotonic() > until:
            raise WorkerError(f"a worker runs already in {directory.folder}; `flowsep jobs list` shows its jobs")
        time.sleep(0.02)
    try:
        start_logging(directory)
        database = Database(directory.database)
        try:
            _serve(directory, settings, port, database)
        finally:
            database.close()
    except Exception:
        log.exception("the worker ends")
        raise
    finally:
        directory.forget_address()
        lock.release()


def _serve(directory: WorkerDirectory, settings: WorkerSettings, port: int, database: Database) -> None:
    events = Events()
    queue = JobQueue(database, lambda job: events.publish("job", job.as_json()))
    engine = EngineHandle(directory, settings)
    dispatcher = Dispatcher(queue, engine, events, settings)
    listener = _listen(port)
    address = Address(
        f"http://127.0.0.1:{listener.getsockname()[1]}", secrets.token_urlsafe(32), os.getpid(), __version__
    )
    last_call = [time.monotonic()]

    def on_call() -> None:
        last_call[0] = time.monotonic()

    def shutdown() -> None:
        server.should_exit = True

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
        shutdown=shutdown,
    )
    app = AuthMiddleware(make_app(service, events, description), address, on_call)
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, date_header=False, ws="none", lifespan="off",
            timeout_graceful_shutdown=2, limit_concurrency=200, h11_max_incomplete_event_size=64 << 10, loop="asyncio",
            http="h11",
        )
    )  # fmt: skip
    dispatcher.start()
    threading.Thread(
        target=_stop_when_idle, args=(settings.leave_after_seconds, dispatcher, last_call, shutdown), daemon=True
    ).start()
    directory.write_address(address)
    log.info("worker %s listens at %s", Public(__version__), Public(address.url))
    _ignore_signals()
    try:
        server.run(sockets=[listener])
    finally:
        directory.forget_address()
        dispatcher.stop()
        log.info("worker has stopped")


def _ignore_signals() -> None:
    """Ignore the signal that uvicorn raises again at its end; by default it would skip the rest of the shutdown."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise WorkerError(
            f"port {port} of the loopback is taken ({error.strerror}); choose another, or 0 for a free one"
        ) from error
    return listener


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
    settings = worker_settings()
    if options.leave_after is not None:
        settings = replace(settings, leave_after_seconds=options.leave_after)
    try:
        serve(WorkerDirectory.default(), settings, options.port)
    except WorkerError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0
