"""Audit after a soak: every acknowledged job done once, every file whole, and nothing else anywhere."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import soundfile as sf
from soak_ground import SoakGround

from flowsep_plugin.jobs.job import Job
from flowsep_plugin.jobs.spec import JobSpec

_WORKER_FILES = {"queue.db", "queue.db-wal", "queue.db-shm", "worker.lock", "engine.lock", "estimates", "logs"}


def faults_of_jobs(
    accepted: Mapping[str, JobSpec], jobs: Mapping[str, Job], out: Path, cancelled: Iterable[str] = ()
) -> list[str]:
    """Return what is wrong with the accepted jobs and the files in `out`, one line each; empty where all is well."""
    may_be_cancelled, expected, faults = set(cancelled), set(), []
    for name, spec in accepted.items():
        job = jobs.get(name)
        if job is None:
            faults.append(f"{spec.input.name}: lost")
        elif job.state == "done":
            faults += [f"{spec.input.name}: {fault}" for fault in faults_of_result(spec, job.result or {})]
            expected |= {Path(file["path"]).name for file in (job.result or {}).get("files", ())}
        elif job.state != "cancelled" or name not in may_be_cancelled:
            faults.append(f"{spec.input.name}: {job.state}, {job.error}")
    present = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
    folders = [path for path in out.rglob("*") if path.is_dir()]
    faults += [f"{name}: not expected (doubled, half or left over)" for name in sorted(present - expected)]
    faults += [f"{name}: missing" for name in sorted(expected - present)]
    return faults + [f"{folder}: a folder is left" for folder in folders]


def faults_of_result(spec: JobSpec, result: Mapping[str, object]) -> list[str]:
    """Return what is wrong with the files of one job: names, sizes, receipt, and the sum of stems and rest."""
    names = [f"{spec.input.stem} [{query}].wav" for query in spec.request.queries]
    names += [f"{spec.input.stem} [rest].wav"]
    files: list[Mapping[str, object]] = result.get("files", [])  # type: ignore[assignment]
    paths = [Path(str(file["path"])) for file in files]
    faults = [] if [path.name for path in paths[:-1]] == names else [f"files are {[path.name for path in paths]}"]
    for path, file in zip(paths, files, strict=True):
        if not path.is_file() or path.stat().st_size != file["bytes"]:
            return [*faults, f"{path.name} is missing or has another size than the queue says"]
    return faults + _faults_of_sound(spec.input, paths[:-1]) + _faults_of_receipt(paths[-1], names)


def faults_of_rooms(ground: SoakGround) -> list[str]:
    """Return what is left in the temporary folder and the worker's, once the worker has ended."""
    left = [str(path) for path in ground.temp.iterdir()]
    left += [str(path) for path in ground.directory.folder.iterdir() if path.name not in _WORKER_FILES]
    left += [str(path) for path in ground.directory.cache.iterdir() if not _is_cached(path)]
    verdict = ground.integrity()
    return [f"{path}: left over" for path in left] + ([] if verdict == "ok" else [f"integrity_check: {verdict}"])


def _is_cached(path: Path) -> bool:
    """Whether a file is an estimate, or windows from which a job that was cancelled would go on."""
    return path.suffix == ".estimate" or (path.suffix == ".windows" and not path.with_suffix(".estimate").exists())


def _faults_of_sound(clip: Path, paths: list[Path]) -> list[str]:
    """Stems and rest sum to the clip to the last bit, as 24-bit integers in the upper bits of 32."""
    whole = sf.read(clip, dtype="int32", always_2d=True)[0].astype(np.int64)
    parts = [sf.read(path, dtype="int32", always_2d=True)[0].astype(np.int64) for path in paths]
    if any(part.shape != whole.shape for part in parts):
        return [f"lengths are {[len(part) for part in parts]}, the clip's is {len(whole)}"]
    error = np.abs(sum(parts) - whole).max()
    return [f"stems and rest differ from the clip by {error}"] if error else []


def _faults_of_receipt(path: Path, names: list[str]) -> list[str]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        return [f"the receipt is damaged ({error})"]
    written = [*(stem["file"] for stem in record["stems"]), record["rest"]]
    faults = [] if written == names else [f"the receipt names {written}"]
    return faults if record["null_db"] == -200 else [*faults, f"the receipt's null is {record['null_db']} dB"]
