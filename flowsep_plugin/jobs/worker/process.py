"""The worker process: lock, queue, dispatcher and API put together, and taken apart again in order.

`flowsep worker` runs it; so does `python -m flowsep_plugin.jobs.worker.process`, which clients start where none runs.
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

log = logging.getLogger("flowsep_plugin.jobs.worker.process")  # by its name, also where it is run with -m

_LOCK_SECONDS = 2.0
_LOOK_SECONDS = 0.25


def serve(directory: WorkerDirectory, settings: WorkerSettings, port: int = 0) -> None:
    """Be the worker of `home` until told to leave. Raises WorkerError where one runs already, MediaError."""
    directory.make()
    lock, until = FileLock(directory.worker_lock), time.monotonic() + _LOCK_SECONDS
    while not lock.acquire():  # a client that looks whether it is held holds it for a moment itself
        if time.monotonic() > until:
            raise WorkerError(f"a worker runs already in {directory.folder}; `flowsep jobs list` talks to it")
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
    queue = JobQueue(database, lambda job: events.tell("job", job.as_json()))
    engine = EngineHandle(directory, settings)
    dispatcher = Dispatcher(queue, engine, events, settings)
    listening = _listen(port)
    address = Address(
        f"http://127.0.0.1:{listening.getsockname()[1]}", secrets.token_urlsafe(32), os.getpid(), __version__
    )
    last_call = [time.monotonic()]

    def called() -> None:
        last_call[0] = time.monotonic()

    def leave() -> None:
        server.should_exit = True

    service = JobService(
        queue, Digests(database), dispatcher, events, path_rules(directory.folder, settings.roots), directory,
        EstimateCache(directory.cache, settings.cache_mb << 20), settings.keep_ended, database.repaired, leave,
    )  # fmt: skip
    app = AuthMiddleware(make_app(service, events, description), address, called)
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, date_header=False, ws="none", lifespan="off",
            timeout_graceful_shutdown=2, limit_concurrency=200, h11_max_incomplete_event_size=64 << 10, loop="asyncio",
            http="h11",
        )
    )  # fmt: skip
    dispatcher.start()
    threading.Thread(
        target=_watch_idleness, args=(settings.leave_after_seconds, dispatcher, last_call, leave), daemon=True
    ).start()
    directory.write_address(address)
    log.info("worker %s listens at %s", Public(__version__), Public(address.url))
    _end_in_order()
    try:
        server.run(sockets=[listening])
    finally:
        directory.forget_address()
        dispatcher.stop()
        log.info("worker has left")


def _end_in_order() -> None:
    """Uvicorn raises again, at its end, the signal that ended it; by default that skips all that is left to do."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise WorkerError(f"port {port} of the loopback is taken ({error.strerror}); use another, or 0") from error
    return listening


def _watch_idleness(seconds: float, dispatcher: Dispatcher, last_call: list[float], leave: Callable[[], None]) -> None:
    while seconds:
        time.sleep(_LOOK_SECONDS)
        quiet = time.monotonic() - max(last_call[0], dispatcher.busy_until)
        if dispatcher.current is None and quiet > seconds:
            log.info("nothing to do for %g s: the worker leaves", seconds)
            leave()
            return


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="flowsep worker", description="Run the background worker.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--leave-after", type=float, default=None, help="seconds without work or calls; 0 never")
    given = parser.parse_args(arguments)
    settings = worker_settings()
    if given.leave_after is not None:
        settings = replace(settings, leave_after_seconds=given.leave_after)
    try:
        serve(WorkerDirectory.default(), settings, given.port)
    except WorkerError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
