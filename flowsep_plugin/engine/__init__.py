"""Engines: they turn windows and queries into estimates. `open_engine` finds the right one for a bundle.

An engine is imported when it is opened: panel, shell and client write requests without loading ONNX Runtime.
"""

from pathlib import Path

from flowsep_plugin.models import find_model

from .base import Engine
from .devices import check_device


def open_engine(model: str | Path = "default", device: str = "auto", *, threads: int | None = None) -> Engine:
    """Open a model by name ("default", "echo", an installed one) or by folder.

    Raises BundleError for a model that is unknown or damaged, UsageError for an unknown device, ProviderError
    for a device that this machine does not have.
    """
    check_device(device)
    if model == "echo":
        from .echo import EchoEngine

        return EchoEngine()
    from .bundle import ModelBundle
    from .families import find_family

    bundle = ModelBundle.open(find_model(model))
    return find_family(bundle.card.family).engine(bundle, device, threads=threads)


__all__ = ["Engine", "open_engine"]
