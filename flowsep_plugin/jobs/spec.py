"""A job as frozen data, as JSON, and as the address of its own content.

JobSpec ──as_json──► plain dict ──from_json──► JobSpec
   └── job_id(clip, model): equal clip, request and model give an equal id, so that asking twice is one job
"""

import functools
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from flowsep_plugin.audio.span import Span
from flowsep_plugin.declared import declared
from flowsep_plugin.edits import MaskEdit
from flowsep_plugin.edits.shapes import MOST_HZ, MOST_POINTS, MOST_SECONDS, SHAPES, Brush, Lasso, MaskShape
from flowsep_plugin.engine.base import MAX_QUERIES, REQUEST_FIELDS, Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.queries import Hints
from flowsep_plugin.render_settings import RenderSettings

if TYPE_CHECKING:
    from .schema import RecordModel

_ID_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job: one file, what to extract from it, and where to write the stems.

    model, device : as in `Separator.open`.     cpu_fallback : the CPU may be used where the device fails.
    skip_absent : write nothing where no query is found.     loudness : measure stems, residual and clip.
    """

    input: Path = field(metadata=declared("audio file to separate"))
    request: Request = field(metadata=declared("queries and inference settings, see below"))
    files: FileRequest
    model: str = field(default="default", metadata=declared("name or folder of a model"))
    device: str = field(default="auto", metadata=declared("auto, cpu, cuda, tensorrt, coreml or directml"))
    cpu_fallback: bool = field(default=False, metadata=declared("use the CPU where the device fails"))
    skip_absent: bool = field(default=False, metadata=declared("write nothing where no query is found"))
    loudness: bool = field(
        default=False, metadata=declared("measure loudness, loudness range and true peak of stems, rest and clip")
    )

    def as_json(self) -> dict[str, Any]:
        """Return plain values under the names of version 0.1; `from_json` is the inverse.

        Fields that are newer are left out at their defaults, so that a job of before keeps its address.
        """
        files = asdict(replace(self.files, out=Path()))
        files["rest"] = files.pop("residual")
        for name, default in _NEWER.items():
            if files[name] in (default, None):
                del files[name]
        plain = {name: getattr(self, name) for name in _OWN}
        return {
            "input": str(self.input),
            "request": self.request.as_json(),
            **files,
            "out": str(self.files.out),
            **plain,
        }

    @classmethod
    def from_json(cls, record: Any) -> "JobSpec":
        """Return the job in a JSON object. Raises UsageError with the wrong name or value and what is allowed."""
        from .schema import check

        record = check(job_model(), record, "the job")
        own = {name: record[name] for name in _OWN if name in record}
        files = {field: record[name] for name, field in _FILE_FIELDS.items() if name in record}
        files |= {name: tuple(record[name]) for name in _TUPLES if record.get(name) is not None}
        span = record.get("span")
        for name in ("input", "out"):
            _check_path(name, record[name])
        try:
            return cls(
                input=Path(record["input"]),
                request=Request.from_json(record["request"]),
                files=FileRequest(Path(record["out"]), span=None if span is None else Span(**span), **files),
                **own,
            )
        except ValueError as error:
            raise UsageError(f"the job: {error}") from error

    def estimate_key(self, clip: str, model: str) -> str:
        """Return the address of an estimate: a digest of all that inference depends on, and of no render setting.

        clip : SHA-256 of the input.     model : digest of the model, as `model_digest` returns it.
        """
        request = {name: value for name, value in self.request.as_json().items() if name not in _RENDER}
        request["target"] = self.request.needs_vocoder
        span = None if self.files.span is None else asdict(self.files.span)
        plain = {"clip": clip, "model": model, "device": self.device, "request": request, "span": span}
        own = {"channels": self.files.channels, "stream": self.files.stream}
        return _address(plain | {name: value for name, value in own.items() if value is not None})

    def job_id(self, clip: str, model: str) -> str:
        """Return the address of the job: what `estimate_key` holds, render settings, and where stems are written."""
        return job_address(self.as_json(), clip, model)


_OWN = tuple(own.name for own in fields(JobSpec) if own.name not in ("input", "request", "files"))
_FILE_FIELDS = {
    "format": "format", "rest": "residual", "overwrite": "overwrite", "keep_format": "keep_format", "absent": "absent",
    "stream": "stream", "mux": "mux", "mux_replace": "mux_replace",
}  # fmt: skip
"""Name in JSON -> field of `FileRequest`."""
_RENDER = ("render", "stem_render", "hints", "edits")
"""Members of a request that inference does not depend on."""
_TUPLES = ("channels", "notes", "keep_absent")
"""Fields of `FileRequest` that are lists in JSON."""
_NEWER = {
    own.name: own.default
    for own in fields(FileRequest)
    if own.name in ("keep_format", "absent", "stream", "mux", "mux_replace", *_TUPLES)
}
"""Fields of `FileRequest` that version 0.1 did not have, and their defaults."""


def job_address(plain: Mapping[str, Any], clip: str, model: str) -> str:
    """Return the address of the job whose JSON is `plain`, for the digests of its clip and model; see `job_id`."""
    own = {name: value for name, value in plain.items() if name not in ("cpu_fallback", "model")}
    return _address({"clip": clip, "model": model, **own})


@dataclass(frozen=True, slots=True)
class _PointedSpan:
    """The entries of a span that is marked as here, or not here: `Span` without empty ones."""

    start: int = field(metadata=declared("first frame"))
    frames: int = field(metadata=declared("length in frames", low=1))
    rate: int = field(metadata=declared("frames per second", low=1))


def _edit_model(kind: type[MaskShape]) -> "RecordModel":
    """Return the model of a mask edit whose shape is of `kind`."""
    from .schema import pairs, record_model

    own: dict[str, Any] = {"shape": Literal[kind.kind]}
    if issubclass(kind, (Lasso, Brush)):
        limits = (-MOST_SECONDS, MOST_SECONDS), (0, MOST_HZ)
        own["points"] = pairs(*limits, fewest=kind.fewest_points, most=MOST_POINTS)
    return record_model(f"{kind.__name__}Edit", MaskEdit, kind, **own)


@functools.cache
def job_model() -> "RecordModel":
    """Return the model of a job's JSON; made on first use, because pydantic takes 50 ms to load."""
    from .schema import one_of, record_model, texts

    render, span = record_model("Render", RenderSettings), record_model("Span", Span)
    pointed: Any = list[record_model("PointedSpan", _PointedSpan)]  # type: ignore[misc]
    hints = record_model("Hints", Hints, here=pointed, not_here=pointed)
    edit = one_of("shape", *map(_edit_model, SHAPES.values()))
    wire_names = {field: name for name, field in REQUEST_FIELDS.items()}
    request = record_model(
        "Request", Request, names=wire_names, render=render | None, stem_render=list[render | None],  # type: ignore[valid-type]
        hints=list[hints | None], edits=list[list[edit]],  # type: ignore[valid-type]
        understood_as=dict[str, str],
        queries=texts(shortest=1, minItems=1, maxItems=MAX_QUERIES),
        negative=texts(shortest=1, maxItems=MAX_QUERIES - 1),
    )  # fmt: skip
    wire_names = {field: name for name, field in _FILE_FIELDS.items()}
    return record_model("Spec", JobSpec, FileRequest, names=wire_names, request=request, files=None, span=span | None)


def _check_path(name: str, path: str) -> None:
    """Raise UsageError where `path` holds a character that no system stores in the name of a file."""
    try:
        encoded = os.fsencode(path)
    except UnicodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise UsageError(f"{name}: {path!r} is a name that no file can have", setting="out" if name == "out" else None)


def _address(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    try:
        encoded = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte of a file's name
        encoded = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(encoded).hexdigest()[:_ID_CHARACTERS]
