"""Sizes of the velocity networks, and of the latents that flow through them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class LatentConfig:
    """Sizes that the networks share with the VAE and the text encoder; `generations` are target and complement."""

    channels: int = 8
    rows: int = 32
    time_stride: int = 4
    band_stride: int = 4
    generations: int = 2
    text_width: int = 384

    @property
    def latent(self) -> int:
        """Channels of the flowing latent, G * C."""
        return self.generations * self.channels

    @property
    def patch(self) -> int:
        """Mel values in one latent position."""
        return self.time_stride * self.band_stride


@dataclass(frozen=True, slots=True)
class FlowConfig(LatentConfig):
    """Sizes of a `FlowNet`: `stem` channels on the fine grid, `grid` on the coarse one, `width` along the columns."""

    stem: int = 48
    grid: int = 128
    grid_blocks: int = 2
    reduced: int = 20
    width: int = 320
    blocks: int = 5
    head_width: int = 64
    hidden: int = 864
    head: Literal["velocity", "mask"] = "velocity"


@dataclass(frozen=True, slots=True)
class FlowUNetConfig(LatentConfig):
    """Sizes of a `FlowUNet`: a level a width, text and self-attention in the lowest two."""

    widths: tuple[int, ...] = (48, 96, 144, 192)
    blocks: int = 1
    width: int = 256
    head_width: int = 48
    head: Literal["velocity", "mask"] = "velocity"
