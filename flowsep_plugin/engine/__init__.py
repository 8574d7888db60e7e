"""Engines: what turns windows and texts into estimates. `open_engine` finds the right one for a bundle.

They are imported when one is opened: whoever only writes a request (panel, shell, client) does without ONNX Runtime.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import BundleError
from flowsep_plugin.models import find_model

from .base import Engine
from .devices import check_device

ENGINES = {"flowsep": "flowsep.engine.FlowSepEngine", "audiosep": "audiosep.AudioSepEngine"}
"""Family of a card -> module and class of its engine, called with (bundle, device, threads=…)."""


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

    bundle = ModelBundle.open(find_model(model))
    if bundle.card.family not in ENGINES:
        raise BundleError(f"{bundle.card.name}: no engine for the family {bundle.card.family!r}; update flowsep")
    module, name = ENGINES[bundle.card.family].rsplit(".", 1)
    engine: Any = getattr(import_module(f".{module}", __package__), name)
    opened: Engine = engine(bundle, device, threads=threads)
    return opened


__all__ = ["ENGINES", "Engine", "open_engine"]
