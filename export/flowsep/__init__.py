"""FlowSep's side of the exporter; see `exporters.ExporterModule`."""

from typing import Any

from flowsep_export.graphs import ExportSpec

from flowsep_plugin.engine.flowsep.card import FlowSepCard

from .chain import chain
from .graphs import flowsep_graphs
from .published import convert

__all__ = ["chain", "convert", "export_specs", "parity_stages"]


def export_specs(card: FlowSepCard) -> dict[str, ExportSpec]:
    """Return the graphs that a bundle with this card has, optional ports included."""
    return flowsep_graphs(card.sizes, logvar=True, mask_logits=True, vocabulary=100)


def parity_stages() -> tuple[Any, dict[str, Any]]:
    """Return the class of the reference arrays, and the stages that are compared with them."""
    from flowsep_export.reference import engine

    return engine.FlowsepReference, engine.FLOWSEP
