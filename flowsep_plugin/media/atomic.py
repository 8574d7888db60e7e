"""Atomic file writes: a file appears under its name complete, or not at all."""

import errno
import json
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from flowsep_plugin.errors import MediaError, StorageFull
from flowsep_plugin.unfinished import begin, changing_names, end, replace_file

DISK_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


class AtomicFile:
    """A temporary file in the folder of `path`, which `commit` moves there and `discard` deletes.

    need : the number of bytes to be written, for the check of free space and for messages.
    setting : name of the setting that chooses the folder, for errors.
    Raises MediaError where the folder is missing or not writable, StorageFull where it has no room.
    """

    def __init__(self, path: Path, need: int, *, setting: str | None = None) -> None:
        self.path, self.need, self._setting = path, need, setting
        self._temporary = path.parent / f".flowsep-{os.getpid()}-{secrets.token_hex(6)}.part"
        if path.is_dir():
            raise MediaError(f"{path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise MediaError(f"{path.parent}: there is no such folder; create it first", setting=setting)
        with suppress(OSError):  # some network disks do not report it
            if shutil.disk_usage(path.parent).free < need:
                raise self.full()
        try:
            with changing_names():
                self.file: BinaryIO = self._temporary.open("x+b")
                begin([self._temporary])
        except OSError as error:
            raise self.explain(error) from error

    def commit(self) -> None:
        """Flush all bytes to the disk, then rename the file to `path`, replacing an existing one.

        Raises MediaError where the file cannot be written, StorageFull where the disk is full.
        """
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            with changing_names():
                replace_file(self._temporary, self.path)
                end([self._temporary])
        except OSError as error:
            raise self.explain(error) from error
        with suppress(OSError):  # Windows cannot open folders
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Delete the temporary file. Idempotent; does nothing after `commit`."""
        with suppress(OSError):
            self.file.close()
        with suppress(OSError):
            self._temporary.unlink()
        end([self._temporary])

    def full(self) -> StorageFull:
        """Return the error for a disk without enough room."""
        free = shutil.disk_usage(self.path.parent).free
        return StorageFull(
            f"{self.path.parent} is full: {self.path.name} needs {self.need} bytes, {free} are free; "
            "free some room or choose another folder",
            setting=self._setting,
        )

    def explain(self, error: OSError) -> MediaError:
        """Return the error to raise for `error`, with a way out for the user."""
        if error.errno in DISK_FULL:
            return self.full()
        if error.errno == errno.EFBIG:
            message = f"{self.path.parent} cannot store a file of {self.need} bytes; choose another disk"
        else:
            advice = "choose another folder or close programs that use it"
            message = f"{self.path} cannot be written ({error.strerror}); {advice}"
        return MediaError(message, setting=self._setting)


def disk_error(error: OSError) -> type[MediaError]:
    """Return the class to raise for an error of the disk: StorageFull where it is full, else MediaError."""
    return StorageFull if error.errno in DISK_FULL else MediaError


def write_atomic(path: Path, data: bytes, *, setting: str | None = None) -> None:
    """Write `data` to `path`, over an existing file, complete or not at all. Raises MediaError, StorageFull.

    setting : name of the setting that chooses the folder, for errors.
    """
    file = AtomicFile(path, len(data), setting=setting)
    try:
        file.file.write(data)
        file.commit()
    except OSError as error:
        raise file.explain(error) from error
    finally:
        file.discard()


def write_json_atomic(path: Path, value: Any, *, ensure_ascii: bool = True, setting: str | None = None) -> None:
    """Write `value` to `path` as indented JSON, complete or not at all. Raises MediaError, StorageFull.

    ensure_ascii : escape all letters but ASCII; without it, those that UTF-8 cannot encode, as in names of files.
    """
    write_atomic(path, json_bytes(value, ensure_ascii=ensure_ascii), setting=setting)


def json_bytes(value: Any, *, ensure_ascii: bool = False) -> bytes:
    """Return `value` as lines of JSON in UTF-8; letters that UTF-8 cannot encode, as in names of files, are escaped."""
    text = json.dumps(value, indent=1, ensure_ascii=ensure_ascii)
    return text.encode("utf-8", "backslashreplace") + b"\n"  # in JSON, where only texts have them, this is an escape


def move_whole(path: Path, target: Path) -> None:
    """Move a file, also to another disk, where it appears under its name complete. Raises OSError."""
    try:
        os.replace(path, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        temporary = target.parent / f".flowsep-{os.getpid()}-{secrets.token_hex(6)}.part"
        begin([temporary])
        try:
            shutil.copy2(path, temporary)
            os.replace(temporary, target)
        finally:
            with suppress(OSError):
                temporary.unlink()
            end([temporary])
        path.unlink()
