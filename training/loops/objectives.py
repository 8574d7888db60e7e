"""Objectives of the separator: rectified flow, diffusion, or regression of the latents themselves.

All three have the same data `x1`, the latents of target and residual in one tensor; `t` is 0 at noise and 1 at data.
"""

import math

import torch
from flowsep_export.networks.flownet import FlowOutput
from flowsep_training.config import FlowLossConfig
from torch import Tensor, nn

from .pool import FlowBatch


def draw_times(count: int, config: FlowLossConfig, generator: torch.Generator) -> Tensor:
    """Return `count` times `(count,)`, 0..1, in equal pairs: a share of exact zeros first, the others logit-normal."""
    spread = torch.randn((count + 1) // 2, generator=generator, device=generator.device)
    times = torch.sigmoid(config.time_mean + config.time_spread * spread).repeat_interleave(2)[:count]
    times[: 2 * round(count * config.at_zero / 2)] = 0.0
    return times


def latent_error(
    net: nn.Module, batch: FlowBatch, noise: Tensor, times: Tensor, config: FlowLossConfig
) -> tuple[Tensor, FlowOutput]:
    """Return the error of the latents per sample `(B,)` and the network's answer, for the objective of `config`.

    noise : like the latents of target and residual, (B, 2 * C, T, F).     times : (B,).
    """
    x1 = torch.cat([batch.target, batch.residual], dim=1)
    t = times[:, None, None, None]
    if config.objective == "regression":
        answer = net(torch.zeros_like(x1), batch.mixture, times, batch.text, batch.text_mask)
        return (answer.velocity - x1).square().mean((1, 2, 3)), answer
    if config.objective == "diffusion":
        signal, spread = diffusion_scales(t)
        noisy = signal * x1 + spread * noise
        answer = net(noisy, batch.mixture, times, batch.text, batch.text_mask)
        velocity = signal * noise - spread * x1
        return (answer.velocity - velocity).square().mean((1, 2, 3)), answer
    noisy = (1 - t) * noise + t * x1
    answer = net(noisy, batch.mixture, times, batch.text, batch.text_mask)
    return (answer.velocity - (x1 - noise)).square().mean((1, 2, 3)), answer


def diffusion_scales(t: Tensor) -> tuple[Tensor, Tensor]:
    """Return the factors of data and noise at times `t` under the cosine schedule, same shape as `t`."""
    return torch.sin(0.5 * math.pi * t), torch.cos(0.5 * math.pi * t)


def shortcut(net: nn.Module, teacher: nn.Module, batch: FlowBatch, noise: Tensor, generator: torch.Generator) -> Tensor:
    """Return the loss `(B,)` between one step of size 2d and two steps of size d of the averaged network `teacher`.

    noise : (B, 2 * C, T, F). Shortcut models, Frans et al. 2024.
    """
    count = len(noise)
    device = noise.device
    steps = 2.0 ** -torch.randint(1, 4, (count,), generator=generator, device=device)
    times = (torch.rand(count, generator=generator, device=device) * (1 / steps)).floor() * steps
    x1 = torch.cat([batch.target, batch.residual], dim=1)
    t, half = times[:, None, None, None], (steps / 2)[:, None, None, None]
    noisy = (1 - t) * noise + t * x1
    with torch.no_grad():
        text = (batch.text, batch.text_mask, steps / 2)
        first = teacher(noisy, batch.mixture, times, *text).velocity
        second = teacher(noisy + half * first, batch.mixture, times + steps / 2, *text).velocity
    velocity = net(noisy, batch.mixture, times, batch.text, batch.text_mask, steps).velocity
    return (velocity - 0.5 * (first + second)).square().mean((1, 2, 3))


def solve(
    net: nn.Module, noise: Tensor, conditions: tuple[Tensor, Tensor, Tensor], steps: int, objective: str
) -> tuple[Tensor, FlowOutput]:
    """Solve from noise (B, 2 * C, T, F) to latents, same shape, in `steps` calls; return them and the last answer.

    conditions : latents of the mixture (B, C, T, F), text states (B, tokens, width), text mask (B, tokens).
    The solver is Euler for flow, DDIM for diffusion; regression has one call.
    """
    mixture, text, text_mask = conditions
    state = noise
    for i in range(1 if objective == "regression" else steps):
        times = torch.full((len(noise),), i / steps, device=noise.device)
        answer = net(state, mixture, times, text, text_mask)
        if objective == "regression":
            return answer.velocity, answer
        if objective == "diffusion":
            signal, spread = diffusion_scales(torch.tensor(i / steps))
            next_signal, next_spread = diffusion_scales(torch.tensor((i + 1) / steps))
            x1, e = signal * state - spread * answer.velocity, spread * state + signal * answer.velocity
            state = next_signal * x1 + next_spread * e
        else:
            state = state + answer.velocity / steps
    return state, answer
