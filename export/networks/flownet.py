"""Our velocity networks: which way the latent flows, given the mixture, the text, the time and the step's size.

`FlowNet` is a transformer along the columns between two convolutional halves (`trunk`); `flow_unet.FlowUNet` is the
FlowSep-shaped alternative with the same signature. Both give a `FlowOutput`: the velocity of target and complement, the
mask logits, and whether the target is present at all. The renderer needs the mask; learning it directly costs one
convolution and needs no decoder. With `head="mask"` the same trunk is a regressor of the LASS type, which sees only
mixture and text.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocks import depth_to_space, layer_norm, masked_mean, sinusoid, zeroed
from .flow_config import FlowConfig, LatentConfig
from .trunk import HALVED, GridNorm, Trunk

_TIME_WIDTH = 128
_TIME_SCALE = 1000.0
_MASKED = -1e4  # finite in float16, and exp of it is 0


class FlowOutput(NamedTuple):
    """The outputs of a velocity network; G generations of C channels, F rows of `band_stride` bands, T columns.

    velocity : (B, G * C, T, F).     mask_logits : (B, time_stride * T, bands), presence counted in.
    presence : (B, T), log-odds that the target sounds around a column.
    """

    velocity: Tensor
    mask_logits: Tensor
    presence: Tensor


class Condition(nn.Module):
    """Time, step size and pooled text as one vector `(B, width)`, and the text's tokens at `width`."""

    def __init__(self, width: int, text_width: int) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(_TIME_WIDTH, width), nn.SiLU(), nn.Linear(width, width))
        self.step = nn.Sequential(nn.Linear(_TIME_WIDTH, width), nn.SiLU(), zeroed(nn.Linear(width, width)))
        self.pooled = nn.Sequential(nn.Linear(text_width, width), nn.SiLU(), nn.Linear(width, width))
        self.tokens = nn.Sequential(nn.Linear(text_width, width), layer_norm(width))

    def forward(self, time: Tensor, step: Tensor | None, text: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Vector (B, width), tokens (B, L, width), attention bias (B, 1, 1, L)."""
        step = torch.zeros_like(time) if step is None else step
        c = self.time(sinusoid(_TIME_SCALE * time, _TIME_WIDTH).to(text.dtype))
        c = c + self.step(sinusoid(_TIME_SCALE * step, _TIME_WIDTH).to(text.dtype))
        c = c + self.pooled(masked_mean(text, mask))
        bias = ((1.0 - mask) * _MASKED)[:, None, None, :]
        return F.silu(c), self.tokens(text), bias


class Head(nn.Module):
    """From features to a `FlowOutput`; zero before training.

    The velocity is `free + gate_x * latent + gate_m * mixture` with gates for each position and channel: it is mostly a
    blend of latent and mixture, and gates copy those sharply where a free output would blur them. With `latent` None
    (the regressor) it has no `gate_x`. Mask logits count in the presence.
    """

    def __init__(self, features: int, config: LatentConfig) -> None:
        super().__init__()
        self.config, self.parts = config, 3 if config.head == "velocity" else 2
        self.norm = GridNorm(features)
        self.out = zeroed(nn.Conv2d(features, self.parts * config.latent + config.patch, 3, padding=1))

    def forward(self, x: Tensor, mixture: Tensor, latent: Tensor | None, presence: Tensor) -> FlowOutput:
        """`x` (B, features, T, F), `mixture` (B, C, T, F), `latent` (B, G*C, T, F) or None, `presence` (B, T)."""
        c = self.config
        out = self.out(F.silu(self.norm(x)))
        parts, energy = out[:, : -c.patch].chunk(self.parts, dim=1), out[:, -c.patch :]
        velocity = parts[0] + parts[1] * mixture.repeat(1, c.generations, 1, 1)
        velocity = velocity if latent is None else velocity + parts[2] * latent
        mask_logits = depth_to_space(energy, c.time_stride, c.band_stride)[:, 0]
        there = presence.repeat_interleave(c.time_stride, dim=1)[:, :, None]
        return FlowOutput(velocity, both(mask_logits, there), presence)


def both(one: Tensor, other: Tensor) -> Tensor:
    """Return the log-odds that two independent things hold, from the log-odds of each, (B, …) both."""
    return -torch.logaddexp(torch.logaddexp(-one, -other), -(one + other))


class FlowNet(Trunk):
    """The trunk under a text, a time and a noisy latent."""

    def __init__(self, config: FlowConfig | None = None) -> None:
        super().__init__(config or FlowConfig(), reads=True)
        c = self.config
        self.flows = c.head == "velocity"
        self.condition = Condition(c.width, c.text_width)
        self.enter = nn.Conv2d(c.channels + (c.latent if self.flows else 0), c.stem, 3, padding=1)
        self.there = nn.Linear(c.width, 1)
        self.head = Head(c.stem, c)

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor | None = None
    ) -> FlowOutput:
        """Return a `FlowOutput`; with `head="mask"` its `velocity` is the latents, whatever `latent` and `time` are.

        latent : (B, G*C, T, F).     mixture : (B, C, T, F).     time, step : (B,), step 0 = instantaneous.
        text : (B, L, text_width).     text_mask : (B, L) of 1/0.
        """
        if not self.flows:
            time, step = torch.zeros_like(time), None
        condition, tokens, bias = self.condition(time, step, text, text_mask)
        fine = self.enter(torch.cat([latent, mixture], dim=1) if self.flows else mixture)
        fine, columns = self.features(fine, condition, tokens, bias)
        presence = self.there(columns)[:, :, 0].repeat_interleave(HALVED, dim=1)[:, : fine.shape[2]]
        return self.head(fine, mixture, latent if self.flows else None, presence)


class RegressorAsFlow(nn.Module):
    """A `head="mask"` network under the `velocity` graph's signature: straight lines that end in its latents.

    Euler lands on them exactly with any number of steps, as the last one has size 1 - t.
    """

    def __init__(self, regressor: nn.Module) -> None:
        super().__init__()
        self.regressor = regressor
        self.config = regressor.config

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor | None = None
    ) -> FlowOutput:
        """Return the regressor's mask logits, and `(latents - latent) / (1 - time)` as velocity (B, G*C, T, F)."""
        output = self.regressor(latent, mixture, time, text, text_mask)
        remaining = (1.0 - time).clamp(min=1e-3)[:, None, None, None]
        return output._replace(velocity=(output.velocity - latent) / remaining)
