"""A separator without text: what in a mixture belongs together, as K masks that share every mel value.

The network never learns a word, so what it learns about grouping (common onset, harmonicity, timbre, room) holds for
sounds that it never met; a listener says afterwards which component is which. Trained on groupings as in mixture
invariant training (Wisdom et al., NeurIPS 2020).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import depth_to_space, space_to_depth, zeroed
from .flow_config import FlowConfig
from .flownet import FlowNet
from .trunk import GridNorm, Trunk

_MEL_CENTRE, _MEL_SPREAD = -5.0, 3.0
"""Mean and spread of log-mels at the level that bundles ask for, by which the network scales its input."""


@dataclass(frozen=True, slots=True)
class ComponentConfig:
    """Sizes of a `ComponentNet`: those of the trunk as in `FlowConfig`, and how many `components` there are."""

    components: int = 4
    channels: int = 8
    rows: int = 32
    time_stride: int = 4
    band_stride: int = 4
    stem: int = 32
    grid: int = 128
    grid_blocks: int = 2
    reduced: int = 20
    width: int = 320
    blocks: int = 5
    head_width: int = 64
    hidden: int = 864

    @property
    def trunk(self) -> FlowConfig:
        """The same sizes as a `FlowConfig`."""
        return FlowConfig(**{name: getattr(self, name) for name in self.__dataclass_fields__ if name != "components"})


class ComponentNet(Trunk):
    """`FlowNet`'s trunk under a learned constant condition; K mask logits for every mel value."""

    def __init__(self, config: ComponentConfig | None = None) -> None:
        sizes = config or ComponentConfig()
        super().__init__(sizes.trunk, reads=False)
        self.sizes, c = sizes, self.config
        self.enter = nn.Conv2d(c.channels, c.stem, 3, padding=1)
        self.patch = zeroed(nn.Conv2d(c.patch, c.stem, 3, padding=1))
        self.constant = nn.Parameter(torch.randn(c.width) * 0.3)
        self.head_norm = GridNorm(c.stem)
        self.out = nn.Conv2d(c.stem, sizes.components * c.patch, 3, padding=1)

    def forward(self, mixture: Tensor, mel: Tensor) -> Tensor:
        """Mask logits (B, K, frames, bands); a softmax over K gives the masks.

        mixture : (B, C, T, F), the scaled latent of `encode`.     mel : (B, 1, frames, bands), the natural log-mel it
        was made of, frames = time_stride * T, bands = band_stride * F.
        """
        c = self.config
        values = space_to_depth((mel - _MEL_CENTRE) / _MEL_SPREAD, c.time_stride, c.band_stride)
        fine = self.enter(mixture) + self.patch(values)
        fine, _ = self.features(fine, self.constant[None].expand(len(mixture), -1))
        logits = self.out(F.silu(self.head_norm(fine)))
        components = logits.unflatten(1, (self.sizes.components, c.patch)).flatten(0, 1)
        return depth_to_space(components, c.time_stride, c.band_stride)[:, 0].unflatten(0, (len(mixture), -1))


@torch.no_grad()
def start_from_flow(net: ComponentNet, flow: FlowNet) -> list[str]:
    """Copy the trunk of a trained `flow` of the same sizes, as it is at time 0 and an empty text.

    Returns the names of the weights that stay as they were. A trunk that has learned to separate by text is worth four
    to eight times its steps to a network that separates without.
    """
    c, theirs, own = flow.config, flow.state_dict(), net.state_dict()
    copied = {name: value for name, value in theirs.items() if name in own and own[name].shape == value.shape}
    copied["enter.weight"] = theirs["enter.weight"][:, -c.channels :]
    text = torch.zeros(1, 1, c.text_width)
    copied["constant"] = flow.condition(torch.zeros(1), None, text, torch.zeros(1, 1))[0][0]
    copied["head_norm.norm.weight"] = theirs["head.norm.norm.weight"]
    net.load_state_dict(copied, strict=False)
    return sorted(own.keys() - copied.keys())
