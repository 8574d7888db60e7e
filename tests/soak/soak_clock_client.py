"""A client under a clock that it moves itself: `soak_clock_client.py ORDERS`; prints what it saw as JSON.

It starts the worker, submits the jobs of the file ORDERS and waits for each, and moves the clock of all three
processes by up to 30 hours, back and forth, before every call.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.spec import JobSpec

OFFSETS = ("+30h", "-30h", "+5h", "-1h", "+0")


def main(orders: Path) -> None:
    """Submit and wait; print a report."""
    clock, started_s, moves = Path(os.environ["FAKETIME_TIMESTAMP_FILE"]), time.time(), 0
    seen_hours: list[float] = []
    ended: list[str] = []

    def jump() -> None:
        nonlocal moves
        replacement = clock.with_suffix(".new")
        replacement.write_text(OFFSETS[moves % len(OFFSETS)])
        replacement.replace(clock)
        moves += 1
        seen_hours.append((time.time() - started_s) / 3600)

    jump()
    client = WorkerClient.ensure()
    stream = client.events()

    def listen() -> None:
        for kind, data in stream:
            if kind == "job" and data["state"] == "done":
                ended.append(data["id"])

    listener = threading.Thread(target=listen)
    listener.start()
    submitted = []
    for plain in json.loads(orders.read_text()):
        jump()
        submitted.append(client.submit(JobSpec.from_json(plain)).id)
    slowest_s = 0.0
    for name in submitted:
        jump()
        before_s = time.monotonic()
        client.wait(name)
        slowest_s = max(slowest_s, time.monotonic() - before_s)
    until = time.monotonic() + 30
    while len(ended) < len(submitted) and time.monotonic() < until:
        time.sleep(0.01)
    stream.close()
    listener.join()
    report = {"seen_hours": seen_hours, "submitted": submitted, "ended": ended, "slowest_s": slowest_s}
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
