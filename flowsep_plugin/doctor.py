"""Examine this installation: device, model, packages; for everything missing, the line that repairs it."""

import importlib.metadata
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from .errors import EngineError, FlowsepError, MediaError
from .telemetry import telemetry_is_on
from .version import GPU_DISTRIBUTION, __version__, distribution, install_command

FindingState = Literal["good", "missing", "broken"]

_LEAST_TEMPORARY = 2_000_000_000
"""Bytes: the estimate of an hour, or a decoded hour of MP3, and some more."""

EXTRAS = {
    "matplotlib": ("plot", "pictures of separations"),
    "pedalboard": ("bridge", "effects on stems, the Pedalboard bridge"),
    "tokenizers": ("tokenizers", "bundles of published models"),
    "PyQt6": ("gui", "the panel"),
}
"""Package -> the extra that brings it, what it is for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    state : "missing" for something optional, "broken" for what stops separations.
    text : the state in words.     remedy : the line that helps.     exit_code : of a separation that fails for this.
    """

    name: str
    state: FindingState
    text: str
    remedy: str | None = None
    exit_code: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the finding under the names of `flowsep doctor --json`."""
        return {
            "name": self.name,
            "state": self.state,
            "said": self.text,
            "mend": self.remedy,
            "exit_code": self.exit_code,
        }


def examine(model: str = "default", device: str = "auto") -> Iterator[Finding]:
    """Check everything that a separation with `model` on `device` needs, the most basic first."""
    for finding in _examined(model, device):
        if getattr(sys, "frozen", False) and "pip " in (finding.remedy or ""):
            yield replace(finding, remedy=f"not in this program; in a Python of your own: {finding.remedy}")
        else:
            yield finding


def _examined(model: str, device: str) -> Iterator[Finding]:
    yield Finding("flowsep", "good", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    yield _checked("audio files", _audio)
    runtime = _checked("ONNX Runtime", _runtime)
    yield runtime
    yield _telemetry()
    if runtime.state == "good":
        yield from _devices()
        yield from _model(model, device)
    yield _temporary()
    yield from _extras()


def verdict(findings: list[Finding]) -> int:
    """Return the exit code of the first broken finding; 0 where separations run."""
    return next((finding.exit_code for finding in findings if finding.state == "broken"), 0)


def _checked(name: str, check: Callable[[], str]) -> Finding:
    """Return a good finding with the text that `check` returns, or a broken one with the error that it raises."""
    try:
        return Finding(name, "good", check())
    except FlowsepError as error:
        return Finding(name, "broken", str(error), _reinstall(name), error.exit_code)
    except (ImportError, AttributeError, OSError) as error:
        return Finding(name, "broken", f"cannot be loaded: {error}", _reinstall(name), EngineError.exit_code)


def _audio() -> str:
    import soundfile
    import soxr

    return f"soundfile {soundfile.__version__} ({soundfile.__libsndfile_version__}), soxr {soxr.__version__}"


def _runtime() -> str:
    from flowsep_plugin.engine.installation import check_installation

    return check_installation()


def _telemetry() -> Finding:
    if telemetry_is_on():
        remedy = "import flowsep_plugin before onnxruntime, or start Python with ORT_DISABLE_TELEMETRY=1"
        return Finding("telemetry", "missing", "ONNX Runtime was loaded too early: its telemetry is on", remedy)
    return Finding("telemetry", "good", "ONNX Runtime's is off")


def _devices() -> Iterator[Finding]:
    """Yield a finding for each device that could exist on this system: worth trying, or why not."""
    from flowsep_plugin.engine.devices import PROVIDERS
    from flowsep_plugin.engine.providers import why_not

    systems = {"coreml": "darwin", "directml": "win32"}
    for name in PROVIDERS:
        if name in ("cpu", "tensorrt") or systems.get(name, sys.platform) != sys.platform:
            continue
        if name == "cuda" and sys.platform == "darwin":
            continue
        reason = why_not(name)
        if reason is None:
            yield Finding(f"device {name}", "good", "worth trying")
        else:
            yield Finding(
                f"device {name}",
                "missing",
                f"{reason}; the CPU does the work",
                _device_remedy(name, reason=reason),
            )


def _device_remedy(name: str, *, reason: str) -> str | None:
    from flowsep_plugin.engine.installation import exchange_command
    from flowsep_plugin.engine.providers import is_built_in

    if name != "cuda":
        return None
    is_gpu = distribution() == GPU_DISTRIBUTION and is_built_in(name)
    install = install_command("cuda") if is_gpu else exchange_command(GPU_DISTRIBUTION, "cuda")
    return f"on a machine with an NVIDIA card: install its driver, then {install}" if "driver" in reason else install


def _model(model: str, device: str) -> Iterator[Finding]:
    """Open the model and encode a query, the only proof that it runs."""
    from .engine import open_engine

    try:
        engine = open_engine(model, device)
        engine.encode_queries(["a dog barking"])
    except FlowsepError as error:
        yield Finding(f"model {model}", "broken", str(error), None, error.exit_code)
        return
    card = engine.card
    yield Finding(f"model {model}", "good", f"{card.name} {card.version}, {card.licence}, {card.rate} Hz")
    yield Finding("runs on", "good", engine.provider)


def _temporary() -> Finding:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    text = f"{folder}, {free / 1e9:.1f} GB free"
    if free < _LEAST_TEMPORARY:
        remedy = "free some space, or set TMPDIR to a folder on another disk"
        return Finding(
            "temporary folder", "missing", f"{text}: too little for long files", remedy, MediaError.exit_code
        )
    return Finding("temporary folder", "good", text)


def _extras() -> Iterator[Finding]:
    for package, (extra, purpose) in EXTRAS.items():
        try:
            yield Finding(package, "good", f"{importlib.metadata.version(package)}, for {purpose}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding(package, "missing", f"not installed; only {purpose} needs it", install_command(extra))


def _reinstall(name: str) -> str:
    from flowsep_plugin.engine.installation import repair_command

    return repair_command() if name == "ONNX Runtime" else f"pip install --force-reinstall {distribution()}"
