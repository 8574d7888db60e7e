"""What the velocity network is taught: rectified flow, diffusion, or the answer itself.

All three speak of the same pair of latents `x1 = [target | rest]`; `t` is 0 at noise and 1 at data.
"""

import math

import torch
from flowsep_export.networks.flownet import Answer
from flowsep_training.config import FlowLoss
from torch import Tensor, nn

from .pool import Batch


def draw_times(count: int, config: FlowLoss, generator: torch.Generator) -> Tensor:
    """`count` times in equal pairs, the first ones 0 exactly, the others logit-normal."""
    spread = torch.randn((count + 1) // 2, generator=generator, device=generator.device)
    times = torch.sigmoid(config.time_mean + config.time_spread * spread).repeat_interleave(2)[:count]
    times[: 2 * round(count * config.at_zero / 2)] = 0.0
    return times


def answer(net: nn.Module, batch: Batch, noise: Tensor, times: Tensor, config: FlowLoss) -> tuple[Tensor, Answer]:
    """(loss of the latents per sample, what the network said), for the objective of `config`."""
    x1 = torch.cat([batch.target, batch.residual], dim=1)
    t = times[:, None, None, None]
    if config.objective == "regression":
        made = net(torch.zeros_like(x1), batch.mixture, times, batch.text, batch.text_mask)
        return (made.velocity - x1).square().mean((1, 2, 3)), made
    if config.objective == "diffusion":
        signal, spread = diffusion_scales(t)
        noisy = signal * x1 + spread * noise
        made = net(noisy, batch.mixture, times, batch.text, batch.text_mask)
        wanted = signal * noise - spread * x1
        return (made.velocity - wanted).square().mean((1, 2, 3)), made
    noisy = (1 - t) * noise + t * x1
    made = net(noisy, batch.mixture, times, batch.text, batch.text_mask)
    return (made.velocity - (x1 - noise)).square().mean((1, 2, 3)), made


def diffusion_scales(t: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine schedule: how much of the data and of the noise is there at `t`."""
    return torch.sin(0.5 * math.pi * t), torch.cos(0.5 * math.pi * t)


def shortcut(net: nn.Module, teacher: nn.Module, batch: Batch, noise: Tensor, generator: torch.Generator) -> Tensor:
    """One step of size 2d should land where two of size d of the averaged network land; loss per sample."""
    count = len(noise)
    device = noise.device
    steps = 2.0 ** -torch.randint(1, 4, (count,), generator=generator, device=device)
    times = (torch.rand(count, generator=generator, device=device) * (1 / steps)).floor() * steps
    x1 = torch.cat([batch.target, batch.residual], dim=1)
    t, half = times[:, None, None, None], (steps / 2)[:, None, None, None]
    noisy = (1 - t) * noise + t * x1
    with torch.no_grad():
        given = (batch.mixture, times, batch.text, batch.text_mask, steps / 2)
        first = teacher(noisy, *given).velocity
        later = (batch.mixture, times + steps / 2, *given[2:])
        second = teacher(noisy + half * first, *later).velocity
    made = net(noisy, batch.mixture, times, batch.text, batch.text_mask, steps).velocity
    return (made - 0.5 * (first + second)).square().mean((1, 2, 3))


def solve(
    net: nn.Module, noise: Tensor, given: tuple[Tensor, Tensor, Tensor], steps: int, objective: str
) -> tuple[Tensor, Answer]:
    """From noise to x1 in `steps` network calls, and what the last one said: Euler, DDIM, or one call for regression.

    given : mixture latent, text states, text mask.
    """
    mixture, text, text_mask = given
    state = noise
    for i in range(1 if objective == "regression" else steps):
        times = torch.full((len(noise),), i / steps, device=noise.device)
        made = net(state, mixture, times, text, text_mask)
        if objective == "regression":
            return made.velocity, made
        if objective == "diffusion":
            signal, spread = diffusion_scales(torch.tensor(i / steps))
            next_signal, next_spread = diffusion_scales(torch.tensor((i + 1) / steps))
            x1, e = signal * state - spread * made.velocity, spread * state + signal * made.velocity
            state = next_signal * x1 + next_spread * e
        else:
            state = state + made.velocity / steps
    return state, made
