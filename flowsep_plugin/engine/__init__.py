"""Engines: what turns windows and texts into estimates. `open_engine` finds the right one for a bundle."""

from collections.abc import Callable
from pathlib import Path

from flowsep_plugin.errors import BundleError
from flowsep_plugin.models import find_model

from .audiosep import AudioSepEngine
from .base import Engine
from .bundle import ModelBundle
from .echo import EchoEngine
from .flowsep import FlowSepEngine

ENGINES: dict[str, Callable[..., Engine]] = {"flowsep": FlowSepEngine, "audiosep": AudioSepEngine}
"""Family of a card -> its engine, called with (bundle, device, threads=…)."""


def open_engine(model: str | Path = "default", device: str = "auto", *, threads: int | None = None) -> Engine:
    """Open a model by name ("default", "echo", an installed one) or by folder.

    Raises BundleError for a model that is unknown or damaged, ProviderError for a device that is not there.
    """
    if model == "echo":
        return EchoEngine()
    bundle = ModelBundle.open(find_model(model))
    if bundle.card.family not in ENGINES:
        raise BundleError(f"{bundle.card.name}: no engine for the family {bundle.card.family!r}; update flowsep")
    return ENGINES[bundle.card.family](bundle, device, threads=threads)


__all__ = ["ENGINES", "Engine", "ModelBundle", "open_engine"]
