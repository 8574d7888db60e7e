"""Harnesses for results and requests: receipts, manifests of a batch, its journal, jobs as JSON."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from fuzzing.harness import Harness, Seed

_GOLDEN = Path(__file__).parents[3] / "golden" / "v0_1"
_CLIP = "clip.wav"


def read_receipt(folder: Path) -> None:
    """Read the receipt in the folder as for repeating its separation."""
    from flowsep_plugin.files import read_receipt

    source, request, files, record = read_receipt(folder / "receipt.json")
    request.as_json()
    assert source.is_file()
    assert files.span is not None
    assert record


def read_manifest(folder: Path) -> None:
    """Read the manifest in the folder, every row of it."""
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.files import FileRequest
    from flowsep_plugin.jobs.batch.manifest import manifest_items
    from flowsep_plugin.jobs.spec import JobSpec

    template = JobSpec(Path("."), Request(["a dog"]), FileRequest(folder / "out"))
    items = manifest_items(folder / "manifest.csv", template)
    for item in items[:50]:
        assert (item.spec is None) == (item.error is not None)
        if item.spec is not None:
            json.dumps(item.spec.as_json())
            item.spec.job_id("clip", "model")
        if item.error is not None:
            json.dumps(item.error.as_json())


def read_job(folder: Path) -> None:
    """Read the job in the folder as the worker does, and write it as the queue does."""
    from flowsep_plugin.errors import UsageError
    from flowsep_plugin.jobs.spec import JobSpec

    try:
        record = json.loads((folder / "job.json").read_bytes())
    except (ValueError, RecursionError) as error:
        raise UsageError("not JSON") from error
    spec = JobSpec.from_json(record)
    assert JobSpec.from_json(json.loads(json.dumps(spec.as_json()))) == spec
    spec.job_id("clip", "model")
    spec.estimate_key("clip", "model")


def read_edits(folder: Path) -> None:
    """Read the mask edits of a stem as a request does, and draw them."""
    from flowsep_plugin.edits import affected_span, edits_from_json
    from flowsep_plugin.edits.bins import BinAxis
    from flowsep_plugin.edits.weights import shape_weights
    from flowsep_plugin.errors import UsageError

    try:
        records = json.loads((folder / "edits.json").read_bytes())
    except (ValueError, RecursionError) as error:
        raise UsageError("not JSON") from error
    edits, axis = edits_from_json(records), BinAxis.for_rate(16_000)
    assert edits_from_json(json.loads(json.dumps([edit.as_json() for edit in edits]))) == edits
    affected_span(edits, 48_000)
    for edit in edits[:20]:
        weights = shape_weights(edit.shape, axis, 0, 100)
        assert weights is None or 0 <= weights.values.min() <= weights.values.max() <= 1


def read_journal(folder: Path) -> None:
    """Open the journal in the folder as a batch without a worker does."""
    from flowsep_plugin.jobs.batch.journal import Journal

    with Journal(folder):
        pass


def _receipts(folder: Path) -> Sequence[Seed]:
    clip = (_GOLDEN / "yard.wav").read_bytes()
    record = json.loads((_GOLDEN / "receipt.json").read_bytes())
    record["input"] |= {"path": _CLIP, "sha256": hashlib.sha256(clip).hexdigest()}
    plain = {**record, "write": {"format": "wav24", "rest": True}}
    return [
        Seed(name=name, files={"receipt.json": json.dumps(one).encode(), _CLIP: clip}, targets=("receipt.json",))
        for name, one in (("every setting", record), ("plain", plain))
    ]


def _manifests(folder: Path) -> Sequence[Seed]:
    clip = (_GOLDEN / "yard.wav").read_bytes()
    header = "path,query,negative,here,not_here,out,start_seconds,seconds,seed,steps,mode,strength,reduce_db,gate"
    rows = (
        f"{_CLIP},a dog|rain,wind,0.01-0.02 0.03-0.05|,|0-0.1,sub,0.05,0.1,7,2,mask,1.0|0.5,6,0.5",
        f"{_CLIP},speech,,,,,,,,,,,,",
        "none.wav,x,,,,,,,,,,,,",
    )
    whole = {"manifest.csv": "\n".join((header, *rows, "")).encode(), _CLIP: clip}
    few = {"manifest.csv": f"path,query\r\n{_CLIP},a dog\r\n".encode("utf-8-sig"), _CLIP: clip}
    return [Seed(name=name, files=files, targets=("manifest.csv",)) for name, files in (("whole", whole), ("few", few))]


def _jobs(folder: Path) -> Sequence[Seed]:
    return [Seed(name=name, files={"job.json": (_GOLDEN / f"{name}.json").read_bytes()})
            for name in ("job-spec", "job-spec-draft")]  # fmt: skip


def _edits(folder: Path) -> Sequence[Seed]:
    points = [[0.1, 300.0], [0.8, 500.0], [0.5, 4000.0], [0.2, 900.0]]
    box = {"start_seconds": 0.2, "stop_seconds": 1.5, "low_hz": 300, "high_hz": 4000.5}
    records = [
        {"shape": "box", "action": "take", **box},
        {"shape": "lasso", "action": "add", "points": points, "order": 1},
        {"shape": "brush", "action": "take", "points": points, "radius_seconds": 0.05, "radius_octaves": 0.25},
    ]
    return [Seed(name="edits", files={"edits.json": json.dumps(records).encode()})]


def _journals(folder: Path) -> Sequence[Seed]:
    content = (_GOLDEN / "batch-journal.jsonl").read_bytes()
    return [
        Seed(
            name="batch",
            files={".flowsep-batch.jsonl": content.replace(b"/home/user/stems/batch", str(folder).encode())},
        )
    ]


HARNESSES = (
    Harness(name="receipt", seeds=_receipts, read=read_receipt, weight=5),
    Harness(name="manifest", seeds=_manifests, read=read_manifest, weight=5),
    Harness(name="job", seeds=_jobs, read=read_job, weight=5),
    Harness(name="mask edits", seeds=_edits, read=read_edits, weight=3),
    Harness(name="journal", seeds=_journals, read=read_journal, weight=3, writes=(".flowsep-batch.lock",)),
)
