"""What a job is asked to do, as frozen data, as JSON, and as the address of its own content.

JobSpec ──as_json──► plain dict ──from_json──► JobSpec
   └── job_id(clip, model): same clip, request and model give the same id, so asking twice is one job
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import REQUEST_FIELDS, Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSettings

_ID_CHARACTERS = 32
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One file, what to take out of it, and where to write what comes of it.

    model, device : as in `Separator.open`.     cpu_fallback : where the device fails, the CPU may be used instead.
    skip_absent : write nothing where none of the sounds is there.     loudness : measure stems and rest (BS.1770).
    """

    input: Path
    request: Request
    files: FileRequest
    model: str = "default"
    device: str = "auto"
    cpu_fallback: bool = False
    skip_absent: bool = False
    loudness: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is the inverse."""
        files = asdict(replace(self.files, out=Path()))
        files["rest"] = files.pop("residual")
        plain = {name: getattr(self, name) for name in _OWN}
        return {
            "input": str(self.input),
            "request": self.request.as_json(),
            **files,
            "out": str(self.files.out),
            **plain,
        }

    @classmethod
    def from_json(cls, given: Any) -> "JobSpec":
        """Check every name and value. Raises UsageError that says which is wrong and what may stand there."""
        record = _record("a job", given, _JOB_NAMES)
        for name in ("input", "out", "request"):
            if name not in record:
                raise UsageError(f"a job needs {name!r}; it has {', '.join(sorted(record)) or 'nothing'}")
        span = record.get("span")
        return _built(
            "a job",
            cls,
            input=_path("input", record["input"]),
            request=request_from_json(record["request"]),
            files=_built(
                "a job",
                FileRequest,
                out=_path("out", record["out"]),
                span=None
                if span is None
                else _built("span", Span, **_record("span", span, ("start", "frames", "rate"))),
                **{field: record[name] for name, field in _FILE_FIELDS.items() if name in record},
            ),
            **{name: record[name] for name in _OWN if name in record},
        )

    def estimate_key(self, clip: str, model: str) -> str:
        """Address of what the model says: everything that inference depends on, and no render setting."""
        request = {name: value for name, value in self.request.as_json().items() if name != "render"}
        request["target"] = self.request.render.mode != "mask"
        span = None if self.files.span is None else asdict(self.files.span)
        return _address({"clip": clip, "model": model, "device": self.device, "request": request, "span": span})

    def job_id(self, clip: str, model: str) -> str:
        """Address of the job: `estimate_key`, how it is rendered, and where it is written."""
        plain = self.as_json()
        for name in ("cpu_fallback", "model"):
            del plain[name]
        return _address({"clip": clip, "model": model, **plain})


_OWN = tuple(name.name for name in fields(JobSpec) if name.name not in ("input", "request", "files"))
_FILE_FIELDS = {"format": "format", "rest": "residual", "overwrite": "overwrite"}
"""Name in JSON -> field of `FileRequest`."""
_JOB_NAMES = ("input", "request", "out", "span", *_FILE_FIELDS, *_OWN)
_KINDS: dict[str, type | tuple[type, ...]] = {
    "model": str, "device": str, "cpu_fallback": bool, "skip_absent": bool, "loudness": bool, "format": str,
    "rest": bool, "overwrite": bool, "steps": int, "seed": int, "takes": int, "solver": str, "draft": bool,
    "start": int, "frames": int, "rate": int,
    **{setting.name: str if setting.type is str else (int, float) for setting in RENDER_SETTINGS},
}  # fmt: skip
_MAY_BE_NULL = ("steps", "solver", *(setting.name for setting in RENDER_SETTINGS if setting.optional))


def request_from_json(given: Any) -> Request:
    """Inverse of `Request.as_json`. Raises UsageError."""
    record = _record("request", given, tuple(REQUEST_FIELDS))
    if "queries" not in record:
        raise UsageError('request needs "queries", a list of texts')
    render = record.get("render")
    if render is not None:
        names = tuple(name.name for name in fields(RenderSettings))
        record["render"] = _built("render", RenderSettings, **_record("render", render, names))
    else:
        record.pop("render", None)
    for name in ("queries", "negative"):
        value = record.get(name, [])
        if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) for text in value):
            raise UsageError(f"request: {name} is a list of texts, got {value!r}")
    return _built("request", Request, **{REQUEST_FIELDS[name]: value for name, value in record.items()})


def _record(where: str, given: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise UsageError(f"{where} is an object with names and values, got {type(given).__name__}")
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise UsageError(f"{where}: {unknown[0]!r} is not known; there is {', '.join(names)}")
    for name, value in given.items():
        kind = _KINDS.get(name)
        if kind is None or (value is None and name in _MAY_BE_NULL):
            continue
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            wanted = " or ".join(part.__name__ for part in (kind if isinstance(kind, tuple) else (kind,)))
            raise UsageError(f"{where}: {name} is {wanted}, got {value!r}")
    return dict(given)


def _built(where: str, kind: type[_T], **values: Any) -> _T:
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{where}: {error}") from error


def _path(name: str, given: Any) -> Path:
    if not isinstance(given, str) or not given or "\0" in given:
        raise UsageError(f"{name} is the path of a file or folder, got {given!r}")
    return Path(given)


def _address(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_ID_CHARACTERS]


__all__ = ["JobSpec", "request_from_json"]
