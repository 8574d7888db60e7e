"""What the graphs run on, and a plain statement of why not on the GPU.

`onnxruntime.get_available_providers()` lists what was compiled in, not what works: on a machine without a GPU it still
names CUDA, and a session that asks for CUDA silently becomes a CPU session. So the choice is made by trying, and the
only truth is `session.get_providers()[0]` (measured with onnxruntime-gpu 1.31).
"""

import contextlib
import ctypes.util
import importlib.metadata
import io
import logging
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import BundleError, ProviderError
from flowsep_plugin.onnx_runtime import ort

from .devices import PROVIDERS, check_device

log = logging.getLogger(__name__)

_AUTO_ORDER = ("cuda", "coreml", "directml")
"""TensorRT only when asked for: its first run builds engines for minutes, and it prints errors where it is missing."""


@dataclass(frozen=True, slots=True)
class Device:
    """What runs (`name`, a key of PROVIDERS), and why each better one does not (`refused`: name -> reason)."""

    name: str
    refused: dict[str, str]

    @property
    def statement(self) -> str:
        """One line for people: what runs and why not something faster."""
        reasons = "; ".join(f"{name}: {why}" for name, why in self.refused.items())
        return f"{self.name.upper()}" + (f" ({reasons})" if reasons else "")


def check_installation() -> str:
    """Return the one ONNX Runtime that is installed, "name version"; ProviderError where two overwrite each other."""
    found = []
    for name in ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{name} {importlib.metadata.version(name)}")
    if len(found) > 1:
        raise ProviderError(
            f"{' and '.join(found)} are both installed and overwrite each other; run "
            "`pip uninstall -y onnxruntime onnxruntime-gpu onnxruntime-directml` "
            "and then `pip install --force-reinstall flowsep-plugin`"
        )
    return found[0] if found else "onnxruntime (from no package)"


def is_built_in(name: str) -> bool:
    """Whether the installed ONNX Runtime was built with the provider `name`, a key of PROVIDERS."""
    return PROVIDERS[name] in ort.get_available_providers()


def why_not(name: str) -> str | None:
    """Why `name` cannot be tried on this machine; None where it is worth trying."""
    if not is_built_in(name):
        return "not part of the installed ONNX Runtime"
    if name in ("cuda", "tensorrt") and not _has_nvidia_driver():
        return "no NVIDIA driver found"
    return None


def choose_device(wanted: str = "auto") -> Device:
    """Decide what to try. Raises UsageError for an unknown name, ProviderError where `wanted` cannot be had."""
    check_device(wanted)
    if wanted == "auto":
        refused: dict[str, str] = {}
        for name in _AUTO_ORDER:
            reason = why_not(name)
            if reason is None:
                return Device(name, refused)
            if name == "cuda" or sys.platform == {"coreml": "darwin", "directml": "win32"}[name]:
                refused[name] = reason
        return Device("cpu", refused)
    reason = why_not(wanted)
    if reason is not None:
        raise ProviderError(
            f"the device {wanted} cannot be used: {reason}; see `flowsep doctor`, or choose another device",
            setting="device",
        )
    return Device(wanted, {})


def open_session(path: Path, device: Device, *, threads: int | None = None) -> Any:
    """Open a graph on `device`, quietly.

    Raises BundleError where the graph cannot be loaded, ProviderError where the device does not take it. Threads do
    not spin while they wait: a DAW's machine is a loaded one (1.5 against 2.9 CPU-s, 2.9 against 5.9 s wall, measured).
    """
    prepare_libraries(device.name)
    options = ort.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = threads or usable_cores()
    options.inter_op_num_threads = 1
    names: list[str] = [PROVIDERS[device.name]]
    if names[0] != PROVIDERS["cpu"]:
        names.append(PROVIDERS["cpu"])
    try:
        session = ort.InferenceSession(str(path), options, providers=names)
    except Exception as error:
        raise BundleError(
            f"{path.name}: ONNX Runtime cannot load it ({error}); `flowsep models verify` checks the bundle"
        ) from error
    if session.get_providers()[0] != names[0]:
        raise ProviderError(
            f"{device.name}: ONNX Runtime fell back to {session.get_providers()[0]}; "
            "its libraries are incomplete, see `flowsep doctor`"
        )
    return session


def usable_cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@cache
def prepare_libraries(device: str) -> None:
    """Silence ONNX Runtime's stderr and, for CUDA, load the libraries that pip installed."""
    ort.set_default_logger_severity(4)
    if device in ("cuda", "tensorrt") and hasattr(ort, "preload_dlls"):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):  # it prints where a library is missing
            ort.preload_dlls()
        if printed.getvalue():
            log.info("preload_dlls: %s", printed.getvalue().strip())


def _has_nvidia_driver() -> bool:
    if ctypes.util.find_library("cuda") or ctypes.util.find_library("nvcuda"):
        return True
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True
