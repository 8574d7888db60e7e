"""The FlowSep family: rectified flow in the latent space of a mel VAE, steered by text; optionally components."""

from flowsep_plugin.engine.families import Family

from .analysis import COMPONENT_FILES
from .card import FlowSepCard
from .engine import FlowSepEngine
from .graphs import graph_specs

FAMILY = Family(
    card=FlowSepCard,
    graphs=lambda card: graph_specs(card.sizes),
    engine=FlowSepEngine,
    files=lambda card: (*card.text.files, *(COMPONENT_FILES if card.components else ())),
)

__all__ = ["FAMILY", "FlowSepCard", "FlowSepEngine"]
