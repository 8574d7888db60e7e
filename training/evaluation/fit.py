"""Fit how components are chosen and fused, on scenes of libraries that no network of the bundle learned from.

A few dozen weights are learned on `samples`, with the run time's formulas (`flowsep_plugin.engine.flowsep.choice`)
written once more in torch.
"""

from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import torch
from flowsep_export.networks.flownet import both
from flowsep_training.data.folds import FIT
from flowsep_training.data.sources import Library
from torch import Tensor
from torch.nn import functional

from flowsep_plugin.engine.card import PresenceRule
from flowsep_plugin.engine.flowsep.choice import (
    SUBSET_FEATURES,
    WINDOW_EVIDENCE,
    WINDOW_FEATURES,
    ChoiceRule,
    proper_subsets,
)
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine

from .samples import EVERY, Samples, collect

STEPS = 800
WORSE = 0.5  # what a stem is worse than the mixture, dB, counts so much more
PRESENCE_GAIN = 2.0  # times the odds of presence in the share that the gate sees: tells present from absent best
MISSED = 0.05  # of the sounds that are there, so many may be closed by the gate
SURE_WRONG = 0.1  # of the sounds that are not there and are like nothing that is, so many may be called sure
SMOOTHING = 31 // EVERY  # frames that `Estimate.presence` smooths over, in kept ones
_LOWEST_GATE_DB, _GATE_WIDTH_DB = -18.0, 6.0
_RATE, _DECAY = 0.05, 0.01
_TINY = 1e-4
_FLOOR = 0.01  # of the target's energy: what lies below is good enough


class Fitted(torch.nn.Module):
    """`ChoiceRule` as a module: weights on standardised features."""

    def __init__(self, samples: Samples):
        super().__init__()
        start = ChoiceRule.unfitted()
        features = samples.features.float()
        self.subset_mean, self.subset_spread = features.mean((0, 1)), features.std((0, 1)) + 1e-3
        self.window_mean, self.window_spread = torch.zeros(len(WINDOW_FEATURES)), torch.ones(len(WINDOW_FEATURES))
        self.members = torch.from_numpy(proper_subsets(samples.masks.shape[1]))
        self.rows = torch.nn.ParameterDict({f.name: torch.from_numpy(getattr(start, f.name)) for f in fields(start)})
        for name, index in (("score_max_over_rest", 0.5), ("match_over_rest", 1.0), ("match", 0.5)):
            self.rows["subset"].data[SUBSET_FEATURES.index(name)] = index
        self.rows["choice"].data[-1], self.rows["presence"].data[-1] = 0.0, 0.0
        with torch.no_grad():
            window = torch.cat([self.choose(samples.rows(p))[1] for p in torch.arange(len(samples)).split(256)])
        self.window_mean, self.window_spread = window.mean(0), window.std(0) + 1e-3

    def choose(self, part: Samples) -> tuple[Tensor, Tensor]:
        """Expected mask (N, F, B) and `WINDOW_FEATURES` (N, features), as `engine.flowsep.choice.choose`."""
        row = self.rows["subset"]
        logits = ((part.features - self.subset_mean) / self.subset_spread) @ row[:-1]
        probability = logits.softmax(-1)
        mask = torch.einsum("nk,nkfb->nfb", probability @ self.members, part.masks)
        flow = part.flow_logits.sigmoid()
        own = [part.features[..., SUBSET_FEATURES.index(name)] for name in WINDOW_EVIDENCE]
        over = [part.features[..., SUBSET_FEATURES.index(f"{name}_over_mixture")] for name in WINDOW_EVIDENCE]
        window = [
            ((2 * flow - 1).abs() * part.energy).sum((1, 2)), _level((flow * part.energy).sum((1, 2))),
            probability.amax(-1), _level((mask * part.energy).sum((1, 2))),
            1 - ((mask - flow).square() * part.energy).sum((1, 2)),
            *((probability * values).sum(-1) for values in own),
            *(values[:, 0] - more[:, 0] for values, more in zip(own, over, strict=True)),
        ]  # fmt: skip
        window = torch.stack(window, -1)
        return mask, window

    def forward(self, part: Samples) -> tuple[Tensor, Tensor]:
        """Log-odds (N, F, B), as `flowsep.choice.fuse`, and of presence (N,), as `flowsep.choice.presence`."""
        mask, window = self.choose(part)
        window = (window - self.window_mean) / self.window_spread
        flow, choice, presence = (
            window @ self.rows[name][:-1] + self.rows[name][-1] for name in ("flow", "choice", "presence")
        )
        flow, choice = (functional.softplus(value)[:, None, None] for value in (flow, choice))
        return flow * part.flow_logits + choice * torch.logit(mask.clamp(_TINY, 1 - _TINY)), presence

    def rule(self) -> ChoiceRule:
        """The weights, on features as they are."""
        found = {}
        for name, row in self.rows.items():
            mean, spread = (
                (self.subset_mean, self.subset_spread) if name == "subset" else (self.window_mean, self.window_spread)
            )
            weights = row[:-1].detach() / spread
            found[name] = torch.cat([weights, (row[-1:].detach() - (weights * mean).sum())]).numpy()
        return ChoiceRule(**found)


def _level(share: Tensor) -> Tensor:
    return torch.log10((share + _TINY) / (1 - share + _TINY))


def errors_db(mask_logits: Tensor, part: Samples) -> Tensor:
    """Error of each stem re its target, dB, (N,); of absent ones the stem's energy re the mixture."""
    mask = mask_logits.sigmoid()
    wrong = part.truth * (1 - mask).square() + (1 - part.truth) * mask.square()
    error = (wrong * part.energy).sum((1, 2))
    target = torch.where(part.kind == 0, (part.truth * part.energy).sum((1, 2)), 1.0)
    return 10 * torch.log10(error / target.clamp_min(1e-6) + _FLOOR)


def fit(samples: Samples, steps: int, log: Callable[[str], None], seed: int = 1) -> ChoiceRule:
    """Learn a rule: masks by the mean error of present sounds in dB, presence by its cross-entropy over all queries.

    What a stem is worse than the mixture counts `WORSE` times more.
    """
    torch.manual_seed(seed)
    net = Fitted(samples)
    masks = [row for name, row in net.rows.items() if name != "presence"]
    _descend(net, masks, samples, (samples.kind == 0).nonzero()[:, 0], mask_loss, steps, log, seed)
    _descend(net, [net.rows["presence"]], samples, torch.arange(len(samples)), presence_loss, steps, log, seed)
    rule = net.rule()
    return replace(rule, presence=np.float32(PRESENCE_GAIN) * rule.presence)


def mask_loss(mask_logits: Tensor, presence: Tensor, part: Samples) -> Tensor:
    """Error of the stems, dB, and what they are worse than the mixture."""
    found, mixture = errors_db(mask_logits, part), errors_db(torch.full_like(mask_logits, 30.0), part)
    return (found + WORSE * functional.relu(found - mixture)).mean()


def presence_loss(mask_logits: Tensor, presence: Tensor, part: Samples) -> Tensor:
    """Cross-entropy of presence; present and absent sounds weigh alike, sound-alikes like other absent ones."""
    present = (part.kind == 0).float()
    weights = torch.where(present > 0, 1 / present.mean().clamp_min(0.05), 1 / (1 - present.mean()).clamp_min(0.05))
    return functional.binary_cross_entropy_with_logits(presence, present, weights)


def _descend(
    net: Fitted, rows: list[Tensor], samples: Samples, places: Tensor,
    loss_of: Callable[[Tensor, Tensor, Samples], Tensor], steps: int, log: Callable[[str], None], seed: int,
) -> None:  # fmt: skip
    """Adam on `rows`, on batches of the samples at `places`."""
    optimiser = torch.optim.AdamW(rows, _RATE, weight_decay=_DECAY)
    generator = torch.Generator().manual_seed(seed)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1 - step / steps)
        part = samples.rows(places[torch.randint(len(places), (96,), generator=generator)])
        loss = loss_of(*net(part), part)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 200 == 0 or step == steps - 1:
            log(f"{loss_of.__name__} {step}: {loss.item():.3f}")


@torch.no_grad()
def describe(samples: Samples, mask_logits: Callable[[Samples], Tensor]) -> dict[str, float]:
    """Mean gain over the mixture of present sounds, share made worse, and median level of absent ones, dB."""
    found, before = [], []
    for places in torch.arange(len(samples)).split(128):
        part = samples.rows(places)
        found.append(errors_db(mask_logits(part), part))
        before.append(errors_db(torch.full_like(part.flow_logits, 30.0), part))
    error, gain = torch.cat(found), torch.cat(before) - torch.cat(found)
    present = samples.kind == 0
    return {
        "gain_db": gain[present].mean().item(), "worse": (gain[present] < 0).float().mean().item(),
        "absent_db": error[samples.kind == 1].median().item(),
        "hard_absent_db": error[samples.kind == 2].median().item() if (samples.kind == 2).any() else float("nan"),
    }  # fmt: skip


def rule_net(rule: ChoiceRule, samples: Samples) -> Fitted:
    """`rule` as a module."""
    net = Fitted(samples)
    net.subset_mean, net.subset_spread = torch.zeros(len(SUBSET_FEATURES)), torch.ones(len(SUBSET_FEATURES))
    net.window_mean, net.window_spread = torch.zeros(len(WINDOW_FEATURES)), torch.ones(len(WINDOW_FEATURES))
    for name, row in net.rows.items():
        row.data = torch.from_numpy(getattr(rule, name))
    return net


def rule_odds(rule: ChoiceRule, samples: Samples) -> Callable[[Samples], Tensor]:
    """What `rule` makes of samples: log-odds (N, F, B), the gate open."""
    net = rule_net(rule, samples)
    return lambda part: net(part)[0]


def fit_bundle(
    bundle: Path, library: Library, scenes: int, log: Callable[[str], None] = print, threads: int = 1
) -> dict[str, object]:
    """Fit choice and presence of `bundle` on the library's `FIT` fold; what `export --choice` takes."""
    samples = collect(FlowSepEngine.open(bundle, "cpu", threads=threads), library, FIT, scenes, log)
    log(f"text-conditioned network alone: {describe(samples, lambda part: part.flow_logits)}")
    rule = fit(samples, STEPS, log)
    net = rule_net(rule, samples)
    log(f"fitted: {describe(samples, lambda part: net(part)[0])}")
    shares = shares_db(samples, net)
    gate = gate_rule(shares, samples.kind.numpy())
    for kind, name in enumerate(("present", "absent", "sound-alikes absent")):
        own = shares[1, samples.kind.numpy() == kind]
        reported, sure = (float(np.mean(own >= bound)) for bound in (gate.peak_db, gate.sure_db))
        log(f"{name}: reported {reported:.3f}, surely {sure:.3f}")
    return {"rule": rule.as_json(), "presence": asdict(gate)}


def gate_rule(shares: np.ndarray, kind: np.ndarray) -> PresenceRule:
    """The gate that closes on `MISSED` of the sounds that are there, and where a report is sure.

    shares : as `shares_db` gives them.     kind : (N,) as in `Samples`.
    """
    peak = round(float(np.quantile(shares[1, kind == 0], MISSED)), 1)
    sure = round(float(np.quantile(shares[1, kind == 1], 1 - SURE_WRONG)), 1)
    return PresenceRule(min(peak, _LOWEST_GATE_DB), _GATE_WIDTH_DB, peak, max(peak, sure))


@torch.no_grad()
def shares_db(samples: Samples, net: Callable[[Samples], tuple[Tensor, Tensor]]) -> np.ndarray:
    """Energy of every query's stem re the mixture, presence counted in, dB, (2, N): of the window, and where most."""
    found = []
    for places in torch.arange(len(samples)).split(128):
        part = samples.rows(places)
        mask_logits, presence = net(part)
        energy, total = (part.energy * both(mask_logits, presence[:, None, None]).sigmoid()).sum(2), part.energy.sum(2)
        smooth = [functional.avg_pool1d(x[:, None], SMOOTHING, 1, SMOOTHING // 2)[:, 0] for x in (energy, total)]
        heard = smooth[1] > 1e-6 * smooth[1].amax(1, keepdim=True)
        share = torch.where(heard, smooth[0] / smooth[1].clamp_min(1e-12), 0.0)
        found.append(torch.stack([energy.sum(1), share.amax(1)]))
    return (10 * torch.log10(torch.cat(found, 1) + 1e-9)).numpy()
