"""Steps, averaged weights, checkpoints and curves for every training loop. A run resumes at the step it stopped at.

All randomness of a step comes from a generator keyed by (seed, step, rank), so no generator state is saved. Several
processes may share a run: each has its own batch, the gradients are averaged, and rank 0 writes the files.
"""

import copy
import csv
import math
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from flowsep_training.config import TrainingConfig
from torch import Tensor, distributed, nn
from torch.func import functional_call

from .curves import curves

CHECKPOINT = "last.ckpt"
CURVES = "curves.csv"


class TrainingRun:
    """One training run of one module in one folder.

    module : float32 weights that the optimiser changes.     average : their moving average, which checkpoints ship.
    model : `module` as the loops call it, in bfloat16 and compiled where the configuration says so.
    """

    def __init__(self, module: nn.Module, config: TrainingConfig, folder: Path):
        self.config, self.folder = config, folder
        self.rank, self.ranks = (distributed.get_rank(), distributed.get_world_size()) if is_distributed() else (0, 1)
        folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(config.loop.threads)
        self.device = torch.device(config.loop.device)
        self.module = module.to(self.device)
        model = in_bfloat16(self.module) if config.loop.bfloat16 else self.module
        self.model = torch.compile(model) if config.loop.compile else model
        self.average = copy.deepcopy(self.module).requires_grad_(False)
        o = config.optimiser
        self.optimiser = torch.optim.AdamW(_groups(self.module, o.decay), o.rate, o.betas, fused=True)
        self.step, self.seconds = 0, 0.0
        self._began = time.monotonic()
        if (folder / CHECKPOINT).exists():
            self._load(torch.load(folder / CHECKPOINT, map_location=self.device, weights_only=True))

    def generator(self, purpose: int = 0) -> torch.Generator:
        """Return a generator seeded by (seed, purpose, step, rank)."""
        loop = self.config.loop
        return torch.Generator(self.device).manual_seed(
            ((loop.seed * 7 + purpose) << 32) + self.step * self.ranks + self.rank
        )

    def steps(self) -> Iterator[int]:
        """Yield the number of every step to do; save every `save_minutes` and at the end, which plots the curves."""
        loop, saved_at = self.config.loop, self.seconds
        self._began = time.monotonic() - self.seconds
        while self.step < loop.steps and not (loop.minutes and self.seconds > 60 * loop.minutes):
            yield self.step
            self.step += 1
            if self.seconds - saved_at > 60 * loop.save_minutes:
                self.save()
                saved_at = self.seconds
        self.save()
        if self.rank == 0 and (self.folder / CURVES).exists():
            curves(self.folder, self.folder / "curves.png")

    def progress(self) -> float:
        """Return the share of the schedule that is done, 0 to 1: of the steps or the minutes, whichever is larger."""
        loop = self.config.loop
        by_time = self.seconds / (60 * loop.minutes) if loop.minutes else 0.0
        return min(1.0, max(self.step / loop.steps, by_time))

    def update(self, loss: Tensor) -> None:
        """Do one optimiser step on `loss`, a scalar, at the scheduled rate, and update the averaged weights."""
        o = self.config.optimiser
        cosine = 0.5 + 0.5 * math.cos(math.pi * self.progress())
        rate = o.rate * min(1.0, (self.step + 1) / o.warmup) * (o.final + (1 - o.final) * cosine)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._share()
        nn.utils.clip_grad_norm_(self.module.parameters(), o.clip)
        self.optimiser.step()
        ema = min(o.ema, (self.step + 1) / (self.step + 10))  # a short memory at first, when weights still move far
        averaged, current = list(self.average.parameters()), list(self.module.parameters())
        torch._foreach_lerp_(averaged, current, 1 - ema)
        for mean, value in zip(self.average.buffers(), self.module.buffers(), strict=True):
            mean.copy_(value)

    def _share(self) -> None:
        """Average the gradients over the ranks, and take rank 0's clock, by which all of them stop together."""
        self.seconds = time.monotonic() - self._began
        if self.ranks == 1:
            return
        gradients = [p.grad for p in self.module.parameters() if p.grad is not None]
        clock = torch.tensor([self.seconds if self.rank == 0 else 0.0], device=self.device)
        flat = torch.cat([clock, *(g.flatten() for g in gradients)])
        distributed.all_reduce(flat)
        self.seconds = flat[0].item()
        parts = (flat[1:] / self.ranks).split([g.numel() for g in gradients])
        torch._foreach_copy_(gradients, [part.view_as(g) for part, g in zip(parts, gradients, strict=True)])

    def record(self, kind: str, **values: float) -> None:
        """Append one row per value to `curves.csv` and print them; "train" values every `log_every` steps only."""
        if self.rank or (kind == "train" and self.step % self.config.loop.log_every):
            return
        rounded = {name: round(torch.as_tensor(value).item(), 6) for name, value in values.items()}
        path = self.folder / CURVES
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as table:
            writer = csv.writer(table)
            if fresh:
                writer.writerow(["step", "seconds", "kind", "name", "value"])
            writer.writerows([self.step, round(self.seconds, 1), kind, name, value] for name, value in rounded.items())
        print(f"{kind} {self.step} {self.seconds:.0f}s", rounded, flush=True)

    def validate(self, check: Callable[[nn.Module], dict[str, float]]) -> None:
        """Record `check(average)` as "valid" every `valid_every` steps, on rank 0."""
        if self.rank:
            return
        if (self.step + 1) % self.config.loop.valid_every == 0:
            with torch.no_grad():
                self.record("valid", **check(self.average.eval()))

    def save(self) -> None:
        """Write `last.ckpt` under a temporary name and move it into place; rank 0 only."""
        if self.rank:
            return
        state = {
            "module": self.module.state_dict(), "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(), "step": self.step, "seconds": self.seconds,
            "config": plain(asdict(self.config)),
        }  # fmt: skip
        part = self.folder / "part.ckpt"
        torch.save(state, part)
        part.replace(self.folder / CHECKPOINT)

    def _load(self, state: dict[str, Any]) -> None:
        self.module.load_state_dict(state["module"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]


def in_bfloat16(module: nn.Module) -> Callable[..., Any]:
    """Return a call of `module` in bfloat16 that gives float32; gradients go to the float32 parameters.

    On a CPU with AVX512-BF16 this is four times as fast as float32 and twice as fast as autocast, which casts back and
    forth around every product.
    """

    def call(*inputs: Tensor) -> Any:
        low = {name: parameter.to(torch.bfloat16) for name, parameter in module.named_parameters()}
        out = functional_call(module, low, tuple(value.to(torch.bfloat16) for value in inputs))
        return out.float() if isinstance(out, Tensor) else type(out)(*(part.float() for part in out))

    return call


def is_distributed() -> bool:
    """Return whether this process is one of several that train together."""
    return distributed.is_available() and distributed.is_initialized()


def launch(train: Callable[..., Any], config: TrainingConfig, data: Path, folder: Path) -> None:
    """Call `train(config, data, folder)` in `config.loop.processes` processes, or here where that is 1."""
    if config.loop.processes == 1:
        train(config, data, folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    rendezvous_file = folder / "rendezvous"
    rendezvous_file.unlink(missing_ok=True)
    torch.multiprocessing.spawn(_join, (train, config, data, folder, rendezvous_file), config.loop.processes)


def _join(
    rank: int, train: Callable[..., Any], config: TrainingConfig, data: Path, folder: Path, rendezvous_file: Path
) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # sent when the parent dies; ignored under nohup and &
    ranks = config.loop.processes
    distributed.init_process_group(
        "gloo", init_method=f"file://{rendezvous_file.resolve()}", rank=rank, world_size=ranks
    )
    train(config, data, folder)
    distributed.destroy_process_group()


def averaged_weights(path: Path) -> dict[str, Tensor]:
    """Return the averaged weights of a checkpoint file by name; scalars and tensors of the network's shapes."""
    return torch.load(path, map_location="cpu", weights_only=True)["average"]


def checkpoint_config(path: Path) -> dict[str, Any]:
    """Return the configuration that a checkpoint was trained with, as plain values for `config.build`."""
    return torch.load(path, map_location="cpu", weights_only=True)["config"]


def plain(value: Any) -> Any:
    """Return `value` with tuples as lists and paths as text, so that a checkpoint holds data only."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _groups(module: nn.Module, decay: float) -> list[dict[str, Any]]:
    matrices = [p for p in module.parameters() if p.requires_grad and p.dim() > 1]
    others = [p for p in module.parameters() if p.requires_grad and p.dim() <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
