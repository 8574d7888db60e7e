"""Harnesses for files that a crash, a full disk or another program may damage: caches and the queue."""

import json
import random
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from fuzzing.harness import Harness, Seed
from fuzzing.mutators import mutate

_GOLDEN = Path(__file__).parents[3] / "golden" / "v0_1"
_PLAN = {"windows": 9, "group": 2, "queries": 1}


def read_estimate(folder: Path) -> None:
    """Load the estimate and use all of it; damage is a miss."""
    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.jobs.store.cache import EstimateCache

    estimate = EstimateCache(folder, 1 << 20).load("key")
    if estimate is None:
        return
    with estimate:
        span = Span(0, 1000, 16_000)
        estimate.presence()
        estimate.unsure(span)
        estimate.overall_db(span)
        estimate.mask_logits.read(-3, min(estimate.frames, 1000) + 3)
        if estimate.generated is not None:
            estimate.generated.read(0, min(estimate.frames, 1000))


def read_windows(folder: Path) -> None:
    """Go on from finished windows, and store one more."""
    import numpy as np

    from flowsep_plugin.separate import FinishedWindows

    finished = FinishedWindows(folder / "key.windows", 1 << 20)
    for arrays in finished.resume(_PLAN):
        assert all(array.dtype != object for array in arrays.values())
    finished.append({"x": np.zeros(4, np.float32)})


def read_peaks(folder: Path) -> None:
    """Load cached peaks and look at all levels."""
    from flowsep_plugin.media.peak_cache import PeakCache

    peaks = PeakCache(folder).load("key")
    if peaks is not None:
        for level in peaks.levels:
            level.low.sum()
            level.high.sum()
            level.power.sum()


def read_queue(folder: Path) -> None:
    """Open the queue as the worker does on starting, use it, close it, and open it again."""
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.errors import Conflict, MediaError
    from flowsep_plugin.files import FileRequest
    from flowsep_plugin.jobs.spec import JobSpec
    from flowsep_plugin.jobs.store.database import Database
    from flowsep_plugin.jobs.store.queue import JobQueue

    for number in range(2):
        database = Database(folder / "queue.db")
        try:
            queue = JobQueue(database)
            queue.recover()
            jobs = queue.jobs()
            json.dumps([job.as_json() for job in jobs])
            queue.counts()
            spec = JobSpec(folder / f"{number}.wav", Request(["a dog"]), FileRequest(folder / "out"))
            job, _ = queue.submit(spec, "clip", "model")
            for one in jobs[:3]:
                try:
                    queue.move(job.id, one.id)
                    queue.cancel(one.id)
                    queue.retry(one.id)
                except Conflict:
                    pass
            queue.claim()
            queue.prune(3)
        except MediaError as error:
            raise AssertionError(f"opened, but does not work: {error}") from error
        finally:
            database.close()


def _estimates(folder: Path) -> Sequence[Seed]:
    import numpy as np

    from flowsep_plugin.engine.base import Grid
    from flowsep_plugin.engine.card import PresenceRule
    from flowsep_plugin.engine.estimate import Estimate, FrameStore
    from flowsep_plugin.jobs.store.cache import EstimateCache

    rng = np.random.default_rng(0)
    store = FrameStore((2, 4))
    store.append(rng.normal(size=(50, 2, 4)).astype(np.float16))
    estimate = Estimate(queries=("a dog", "rain"), grid=Grid(16_000, 160, (100.0, 500.0, 2000.0, 7000.0)), first=0,
                        mask_logits=store, energy=rng.random((2, 50), np.float32), total=rng.random(50, np.float32),
                        presence_rule=PresenceRule())  # fmt: skip
    EstimateCache(folder, 1 << 20).save("key", estimate)
    estimate.close()
    files = [(folder / "key.estimate").read_bytes(), (_GOLDEN / "kept.estimate").read_bytes()]
    return [Seed(name=f"estimate {number}", files={"key.estimate": content}) for number, content in enumerate(files)]


def change_estimate(name: str, data: bytes, rng: random.Random) -> bytes:
    """Change the head, which is JSON, or the body so that its checksum is right; or any bytes of the file."""
    parts = data.split(b"\n", 2)
    action = rng.random()
    if len(parts) < 3 or action < 0.2:
        return mutate(name, data, rng)
    magic, head, body = parts[0], parts[1], parts[2][:-4]
    head = mutate("head.json", head, rng) if action < 0.8 else head
    body = mutate(name, body, rng) if action > 0.7 else body
    summed = body if magic.endswith(b" 1") else head + b"\n" + body
    return b"\n".join((magic, head, body + zlib.crc32(summed).to_bytes(4, "big")))


def _windows(folder: Path) -> Sequence[Seed]:
    import numpy as np

    from flowsep_plugin.separate import FinishedWindows

    path = folder / "key.windows"
    finished = FinishedWindows(path, 1 << 20)
    assert list(finished.resume(_PLAN)) == []
    for number in range(3):
        finished.append({"x": np.full((4, 2), number, np.float32), "total": np.zeros(4, np.float32)})
    return [Seed(name="windows", files={path.name: path.read_bytes()})]


def change_windows(name: str, data: bytes, rng: random.Random) -> bytes:
    """Change a record, a zip file of NumPy's, so that its length and checksum are right; or any bytes of the file."""
    start = data.find(b"\n", data.find(b"\n") + 1) + 1
    if rng.random() < 0.3 or not 0 < start < len(data):
        return mutate(name, data, rng)
    records, at = [], start
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 8], "big")
        records.append(data[at + 12 : at + 12 + length])
        at += 12 + length
    place = rng.randrange(len(records))
    records[place] = mutate("record.npz", records[place], rng)
    sums = (len(one).to_bytes(8, "big") + zlib.crc32(one).to_bytes(4, "big") + one for one in records)
    return data[:start] + b"".join(sums)


def _peaks(folder: Path) -> Sequence[Seed]:
    return [Seed(name="peaks", files={"key.peaks": (_GOLDEN / "kept.peaks").read_bytes()})]


def change_peaks(name: str, data: bytes, rng: random.Random) -> bytes:
    """Change the head, which is JSON, or the body so that its checksum is right; or any bytes of the file."""
    stop, action = 12 + int.from_bytes(data[8:12], "little"), rng.random()
    if action < 0.3:
        return mutate(name, data, rng)
    head = mutate("head.json", data[12:stop], rng) if action < 0.8 else data[12:stop]
    body = mutate(name, data[stop:], rng) if action > 0.7 else data[stop:]
    with suppress(ValueError, TypeError, RecursionError):
        head = json.dumps({**json.loads(head), "crc": zlib.crc32(body)}).encode()
    head += b" " * (-(len(head) + 12) % 64)
    return data[:8] + len(head).to_bytes(4, "little") + head + body


def _queues(folder: Path) -> Sequence[Seed]:
    return [Seed(name="queue", files={"queue.db": (_GOLDEN / "queue.db").read_bytes()})]


HARNESSES = (
    Harness(name="estimate", seeds=_estimates, read=read_estimate, errors=(), changes=("*.estimate",), weight=4,
            change=change_estimate),
    Harness(name="windows", seeds=_windows, read=read_windows, errors=(), changes=("*.windows",), weight=4,
            change=change_windows),
    Harness(name="peaks", seeds=_peaks, read=read_peaks, errors=(), changes=("*.peaks",), weight=4,
            change=change_peaks),
    Harness(name="queue", seeds=_queues, read=read_queue, changes=("queue.*",), writes=("queue.*",), weight=6),
)  # fmt: skip
