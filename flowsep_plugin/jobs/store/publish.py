"""Moves files from a job's staging folder to their final names, in two phases so that a crash loses nothing.

run_job ─► <out>/.flowsep-<id>/…  ─► plan ─► queue.intend ─► carry_out ─► queue.finish
                                                └── after kill -9 here, the next worker repeats carry_out
"""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import MediaError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media.atomic import disk_error, json_bytes
from flowsep_plugin.unfinished import begin, changing_names, end

_MOST_NUMBERS = 10_000
_STAGING = ".flowsep-"
"""Beginning of a staging folder's name."""


def staging_folder(spec: JobSpec, name: str) -> Path:
    """Return the folder that job `name` writes to: hidden, and on the disk of its final names."""
    return spec.files.out / f"{_STAGING}{name[:16]}"


@contextlib.contextmanager
def staged(spec: JobSpec, name: str) -> Iterator[Path]:
    """Yield an empty staging folder; delete it, and folders made for it, where the body raises or writes nothing.

    Raises MediaError where the folder cannot be created, StorageFull.
    """
    folder = staging_folder(spec, name)
    missing = [path for path in (spec.files.out, *spec.files.out.parents) if not path.exists()]
    try:
        shutil.rmtree(folder, ignore_errors=True)
        with changing_names():
            folder.mkdir(parents=True)
            begin([folder])
    except OSError as error:
        raise disk_error(error)(
            f"the folder {spec.files.out} cannot be created ({error.strerror}); choose another folder", setting="out"
        ) from error
    keep = False
    try:
        yield folder
        keep = folder.is_dir() and any(folder.iterdir())
    finally:
        if not keep:
            sweep(spec, name, missing)
        end([folder])


def sweep(spec: JobSpec, name: str, parents: Sequence[Path] = ()) -> None:
    """Delete the staging folder of job `name`, and those of `parents` that are empty then."""
    shutil.rmtree(staging_folder(spec, name), ignore_errors=True)
    for folder in parents:
        with contextlib.suppress(OSError):
            folder.rmdir()


def plan(spec: JobSpec, folder: Path, result: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Choose final names for the files that `run_job` wrote to `folder`; where one is taken, all get the same number.

    Returns the result with `stems` (None for one that is left out), `rest`, `receipt` and `files` (path, bytes,
    changed), and the renames.
    Raises MediaError where no name is free.
    """
    staged_files = [folder / name for name in result["written"]]
    finals = _free(spec, staged_files)
    record = _renamed(result["record"], staged_files, finals)
    if staged_files and record != result["record"]:
        _rewrite(staged_files[-1], record)
    by_name = {old.name: str(new) for old, new in zip(staged_files, finals, strict=True)}
    original = result["record"]
    published = {name: value for name, value in result.items() if name != "written"} | {
        "record": record,
        "stems": [by_name.get(stem["file"]) for stem in original.get("stems", ())],
        "rest": by_name.get(original.get("rest")),
        **({"video": by_name.get(original["video"]["file"])} if original.get("video") else {}),
        "receipt": str(finals[-1]) if finals else None,
        "files": [_file_record(old, new) for old, new in zip(staged_files, finals, strict=True)],
    }
    return published, [(str(old), str(new)) for old, new in zip(staged_files, finals, strict=True)]


def carry_out(moves: Sequence[tuple[str, str]]) -> None:
    """Carry out renames; those that are done already are skipped.

    Raises MediaError where the disk refuses; what this call had renamed has its old name again then.
    """
    renamed: list[tuple[str, str]] = []
    try:
        for old, new in moves:
            with contextlib.suppress(FileNotFoundError):  # done already, before a crash
                os.replace(old, new)
                renamed.append((old, new))
        for folder in {os.path.dirname(new) for _, new in moves}:
            _flush(folder)
        for staging in staging_folders(moves):
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        for old, new in renamed:
            with contextlib.suppress(OSError):
                os.replace(new, old)
        raise disk_error(error)(
            f"{error.filename} cannot get its final name ({error.strerror}); close the program that uses it"
        ) from error


def staging_folders(moves: Sequence[tuple[str, str]]) -> set[Path]:
    """Return the staging folders from which `moves` lead; no other folder may be deleted after them."""
    return {Path(old).parent for old, _ in moves if Path(old).parent.name.startswith(_STAGING)}


def are_of(moves: Sequence[tuple[str, str]], out: Path) -> bool:
    """Whether every rename leads from a staging folder in `out`, or in a folder below it, to that folder.

    Names that no file can have lead nowhere.
    """
    if not all(_can_be_a_name(name) for move in moves for name in move):
        return False
    pairs = [(Path(old).parent, Path(new).parent) for old, new in moves]
    return all(
        old.name.startswith(_STAGING) and old.parent == new and new.is_relative_to(out) and ".." not in new.parts
        for old, new in pairs
    )


def _can_be_a_name(name: str) -> bool:
    """Whether a file system can hold a file of this name."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _free(spec: JobSpec, paths: Sequence[Path]) -> list[Path]:
    source = spec.input.resolve()
    for number in range(1, _MOST_NUMBERS):
        mark = "" if number == 1 else f" ({number})"
        finals = [spec.files.out / f"{path.stem}{mark}{path.suffix}" for path in paths]
        if source in (path.resolve() for path in finals):
            continue
        if spec.files.overwrite or not any(os.path.lexists(path) for path in finals):
            return finals
    raise MediaError(
        f"{spec.files.out} holds 10,000 sets of stems of {spec.input.name} already; choose another folder",
        setting="out",
    )


def _renamed(record: dict[str, Any], old: Sequence[Path], new: Sequence[Path]) -> dict[str, Any]:
    names = {before.name: after.name for before, after in zip(old, new, strict=True)}
    if not record:
        return record
    stems = [{**stem, "file": names.get(stem["file"], stem["file"])} for stem in record["stems"]]
    video = record.get("video")
    copy = {} if video is None else {"video": {**video, "file": names.get(video["file"], video["file"])}}
    return {**record, "stems": stems, "rest": names.get(record["rest"], record["rest"]), **copy}


def _rewrite(receipt: Path, record: dict[str, Any]) -> None:
    with receipt.open("wb") as file:
        file.write(json_bytes(record))
        file.flush()
        os.fsync(file.fileno())


def _file_record(old: Path, new: Path) -> dict[str, Any]:
    status = old.stat()
    return {"path": str(new), "bytes": status.st_size, "changed": status.st_mtime_ns}


def _flush(folder: str) -> None:
    with contextlib.suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
