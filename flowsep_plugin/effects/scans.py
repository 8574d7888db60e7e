"""Facts about plug-ins on disk: their parameters, or why they could not be loaded.

A plug-in is known by its path and the time of its last change, so that an update is loaded anew.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import platformdirs

from flowsep_plugin.errors import EffectError, FlowsepError, MediaError
from flowsep_plugin.media.atomic import write_json_atomic

from .info import EffectInfo

_VERSION: Final = 1
SCAN_SECONDS: Final = 60.0


class ScanCache:
    """Facts about plug-ins in `folder`, one JSON file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def default(cls) -> "ScanCache":
        """Return the cache of this user."""
        return cls(Path(platformdirs.user_cache_dir("flowsep")) / "effects")

    def effects(self, path: Path, *, again: bool = False, limit_s: float = SCAN_SECONDS) -> tuple[EffectInfo, ...]:
        """Return the effects in `path`; it is loaded where the cache does not know it, or with `again`.

        Raises EffectError where it crashes, takes longer than `limit_s` seconds or cannot be loaded, also where that is
        what the cache knows.
        """
        record = None if again else self._read(path)
        if record is None:
            record = _scan(path, limit_s)
            self._write(path, record)
        if "reason" in record:
            raise EffectError(
                f"{path.name}: {record['reason']}; try it again, or update it",
                effect=path.stem, reason=record["reason"], is_crash=record["is_crash"],
            )  # fmt: skip
        return tuple(EffectInfo.from_json(plain) for plain in record["effects"])

    def cached(self, path: Path) -> tuple[EffectInfo, ...]:
        """Return the effects in `path` without loading it; empty where the cache does not know them."""
        record = self._read(path) or {}
        return tuple(EffectInfo.from_json(plain) for plain in record.get("effects", ()))

    def reason(self, path: Path) -> str | None:
        """Return why `path` could not be loaded when it was tried last; None where it could, or was never tried."""
        record = self._read(path) or {}
        return record.get("reason")

    def forget(self, path: Path) -> None:
        """Drop what is known of `path`, so that it is loaded the next time."""
        with suppress(OSError):
            self._file(path).unlink(missing_ok=True)

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            record = json.loads(self._file(path).read_text(encoding="utf-8"))
            is_same = record["version"] == _VERSION and record["changed"] == _changed(path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if is_same else None

    def _write(self, path: Path, record: dict[str, Any]) -> None:
        with suppress(OSError, MediaError):  # a cache that cannot be written is no reason to fail
            self._folder.mkdir(parents=True, exist_ok=True)
            write_json_atomic(self._file(path), {"version": _VERSION, "changed": _changed(path), **record})

    def _file(self, path: Path) -> Path:
        name = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return self._folder / f"{name}.json"


def _scan(path: Path, limit_s: float) -> dict[str, Any]:
    from .host import EffectHost

    try:
        with EffectHost(open_limit_s=limit_s) as host:
            return {"path": str(path), "effects": [info.as_json() for info in host.scan(path)]}
    except EffectError as error:
        return {"path": str(path), "reason": error.reason, "is_crash": error.is_crash}
    except FlowsepError as error:
        return {"path": str(path), "reason": str(error), "is_crash": False}


def _changed(path: Path) -> list[int]:
    """Return the latest change of the plug-in and of the libraries in its bundle, in ns, and their size."""
    files = [path, *(path.glob("Contents/*/*") if path.is_dir() else ())]
    facts = [file.stat() for file in files]
    return [max(fact.st_mtime_ns for fact in facts), sum(fact.st_size for fact in facts)]
