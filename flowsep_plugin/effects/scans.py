"""Facts about plug-ins on disk: their parameters, or why they could not be loaded.

A plug-in is known by its path and the time of its last change, so that an update is loaded anew.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import platformdirs

from flowsep_plugin.errors import EffectError, FlowsepError, MediaError
from flowsep_plugin.media.atomic import write_json_atomic
from flowsep_plugin.untrusted.decoding import Origin, read_json

from .info import EffectInfo

_VERSION: Final = 1
SCAN_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class _PluginFacts:
    """The effects in a file, or the `reason` why it could not be loaded."""

    effects: tuple[EffectInfo, ...] = ()
    reason: str | None = None
    is_crash: bool = False

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "_PluginFacts":
        """Return the facts in a record of `_scan`. Raises KeyError, TypeError, AttributeError where it is none."""
        reason = record.get("reason")
        if reason is None:
            return cls(tuple(EffectInfo.from_json(plain) for plain in record["effects"]))
        if not isinstance(reason, str):
            raise TypeError("the reason is not a text")
        return cls((), reason, bool(record["is_crash"]))


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
        facts = None if again else self._read(path)
        if facts is None:
            record = _scan(path, limit_s)
            self._write(path, record)
            facts = _PluginFacts.from_json(record)
        if facts.reason is not None:
            raise EffectError(
                f"{path.name}: {facts.reason}; try it again, or update it",
                effect=path.stem, reason=facts.reason, is_crash=facts.is_crash,
            )  # fmt: skip
        return facts.effects

    def cached(self, path: Path) -> tuple[EffectInfo, ...]:
        """Return the effects in `path` without loading it; empty where the cache does not know them."""
        facts = self._read(path)
        return () if facts is None else facts.effects

    def reason(self, path: Path) -> str | None:
        """Return why `path` could not be loaded when it was tried last; None where it could, or was never tried."""
        facts = self._read(path)
        return None if facts is None else facts.reason

    def forget(self, path: Path) -> None:
        """Drop what is known of `path`, so that it is loaded the next time."""
        with suppress(OSError):
            self._file(path).unlink(missing_ok=True)

    def _read(self, path: Path) -> "_PluginFacts | None":
        file = self._file(path)
        try:
            record = read_json(file, Origin(str(file), MediaError, "scan the plug-in again"))
            is_same = record["version"] == _VERSION and record["changed"] == _changed(path)
            return _PluginFacts.from_json(record) if is_same else None
        except (OSError, ValueError, LookupError, TypeError, AttributeError, MediaError):
            return None

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
