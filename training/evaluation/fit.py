"""Fit of the choice and fusion of components, on libraries that no network of the bundle learned from.

A few dozen weights are learned on `samples`, with the formulas of `flowsep_plugin.engine.flowsep.choice` in torch.
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

from .samples import ABSENT, FRAME_STEP, HARD_ABSENT, PRESENT, FitSamples, collect

STEPS = 800
WORSE_WEIGHT = 0.5  # added weight of every decibel by which a stem is worse than the mixture
PRESENCE_GAIN = 2.0  # factor of the presence logits in the share that the gate sees; separates present from absent best
MISSED_SHARE = 0.05  # of the present sounds that the gate may close on
FALSE_SURE_SHARE = 0.1  # of the absent sounds, hard ones not counted, that may be reported as found
SMOOTHING = 31 // FRAME_STEP  # sampled frames that correspond to the smoothing of `Estimate.presence`
MIXTURE_LOGIT = 30.0  # of a mask that passes the whole mixture
BATCH, EVALUATION_BATCH = 96, 128
LEAST_SHARE = 0.05  # of present and of absent sounds in a batch, for their weights
_LOWEST_GATE_DB, _GATE_WIDTH_DB = -18.0, 6.0
_RATE, _DECAY = 0.05, 0.01
_TINY = 1e-4  # distance of masks and shares from 0 and 1
_ERROR_FLOOR = 0.01  # of the target's energy, -20 dB: a smaller error gains nothing


class FittedChoice(torch.nn.Module):
    """`ChoiceRule` as a torch module, with weights on standardised features of `samples`."""

    def __init__(self, samples: FitSamples):
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

    def choose(self, part: FitSamples) -> tuple[Tensor, Tensor]:
        """Return the expected mask (N, F, B) and `WINDOW_FEATURES` (N, features), like `choice.choose`."""
        row = self.rows["subset"]
        logits = ((part.features - self.subset_mean) / self.subset_spread) @ row[:-1]
        probability = logits.softmax(-1)
        mask = torch.einsum("nk,nkfb->nfb", probability @ self.members, part.masks)
        flow = part.flow_logits.sigmoid()
        own = [part.features[..., SUBSET_FEATURES.index(name)] for name in WINDOW_EVIDENCE]
        gain = [part.features[..., SUBSET_FEATURES.index(f"{name}_over_mixture")] for name in WINDOW_EVIDENCE]
        window = [
            ((2 * flow - 1).abs() * part.energy).sum((1, 2)), _level((flow * part.energy).sum((1, 2))),
            probability.amax(-1), _level((mask * part.energy).sum((1, 2))),
            1 - ((mask - flow).square() * part.energy).sum((1, 2)),
            *((probability * values).sum(-1) for values in own),
            *(values[:, 0] - more[:, 0] for values, more in zip(own, gain, strict=True)),
        ]  # fmt: skip
        return mask, torch.stack(window, -1)

    def forward(self, part: FitSamples) -> tuple[Tensor, Tensor]:
        """Return mask logits (N, F, B), like `choice.fuse`, and logits of presence (N,), like `choice.presence`."""
        mask, window = self.choose(part)
        window = (window - self.window_mean) / self.window_spread
        flow, choice, presence = (
            window @ self.rows[name][:-1] + self.rows[name][-1] for name in ("flow", "choice", "presence")
        )
        flow, choice = (functional.softplus(value)[:, None, None] for value in (flow, choice))
        return flow * part.flow_logits + choice * torch.logit(mask.clamp(_TINY, 1 - _TINY)), presence

    def rule(self) -> ChoiceRule:
        """Return the weights for features as the engine computes them, not standardised."""
        rows = {}
        for name, row in self.rows.items():
            mean, spread = (
                (self.subset_mean, self.subset_spread) if name == "subset" else (self.window_mean, self.window_spread)
            )
            weights = row[:-1].detach() / spread
            rows[name] = torch.cat([weights, (row[-1:].detach() - (weights * mean).sum())]).numpy()
        return ChoiceRule(**rows)


def _level(share: Tensor) -> Tensor:
    """Return the logarithm (base 10) of a share of energy over the remainder, same shape."""
    return torch.log10((share + _TINY) / (1 - share + _TINY))


def errors_db(mask_logits: Tensor, part: FitSamples) -> Tensor:
    """Return the error of each stem, dB re its target, (N,); of absent sounds, the stem's energy re the mixture.

    mask_logits : (N, F, B).
    """
    mask = mask_logits.sigmoid()
    wrong = part.truth * (1 - mask).square() + (1 - part.truth) * mask.square()
    error = (wrong * part.energy).sum((1, 2))
    target = torch.where(part.kind == PRESENT, (part.truth * part.energy).sum((1, 2)), 1.0)
    return 10 * torch.log10(error / target.clamp_min(1e-6) + _ERROR_FLOOR)


def fit(samples: FitSamples, steps: int, log: Callable[[str], None], seed: int = 1) -> ChoiceRule:
    """Return the rule with the least `mask_loss` of present sounds and the least `presence_loss` of all queries."""
    torch.manual_seed(seed)
    net = FittedChoice(samples)
    masks = [row for name, row in net.rows.items() if name != "presence"]
    _descend(net, masks, samples, (samples.kind == PRESENT).nonzero()[:, 0], mask_loss, steps, log, seed)
    _descend(net, [net.rows["presence"]], samples, torch.arange(len(samples)), presence_loss, steps, log, seed)
    rule = net.rule()
    return replace(rule, presence=np.float32(PRESENCE_GAIN) * rule.presence)


def mask_loss(mask_logits: Tensor, presence: Tensor, part: FitSamples) -> Tensor:
    """Return the mean error of the stems of mask logits (N, F, B), dB; what exceeds the mixture's error counts more.

    presence : not used; all losses have the same arguments.
    """
    error, unprocessed = errors_db(mask_logits, part), errors_db(torch.full_like(mask_logits, MIXTURE_LOGIT), part)
    return (error + WORSE_WEIGHT * functional.relu(error - unprocessed)).mean()


def presence_loss(mask_logits: Tensor, presence: Tensor, part: FitSamples) -> Tensor:
    """Return the cross-entropy of presence logits (N,), in which present and absent sounds have equal weight.

    mask_logits : not used; all losses have the same arguments.
    """
    present = (part.kind == PRESENT).float()
    share = present.mean()
    weights = torch.where(present > 0, 1 / share.clamp_min(LEAST_SHARE), 1 / (1 - share).clamp_min(LEAST_SHARE))
    return functional.binary_cross_entropy_with_logits(presence, present, weights)


def _descend(
    net: FittedChoice, rows: list[Tensor], samples: FitSamples, places: Tensor,
    loss_of: Callable[[Tensor, Tensor, FitSamples], Tensor], steps: int, log: Callable[[str], None], seed: int,
) -> None:  # fmt: skip
    """Minimise a loss over `rows` by AdamW, on batches of the samples at indices `places`."""
    optimiser = torch.optim.AdamW(rows, _RATE, weight_decay=_DECAY)
    generator = torch.Generator().manual_seed(seed)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * (1 - step / steps)
        part = samples.rows(places[torch.randint(len(places), (BATCH,), generator=generator)])
        loss = loss_of(*net(part), part)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 200 == 0 or step == steps - 1:
            log(f"{loss_of.__name__} {step}: {loss.item():.3f}")


@torch.no_grad()
def describe(samples: FitSamples, mask_logits: Callable[[FitSamples], Tensor]) -> dict[str, float]:
    """Return the mean gain of present sounds over the mixture, the share made worse, and the level of absent ones, dB.

    mask_logits : from samples to (N, F, B).
    """
    after, before = [], []
    for places in torch.arange(len(samples)).split(EVALUATION_BATCH):
        part = samples.rows(places)
        after.append(errors_db(mask_logits(part), part))
        before.append(errors_db(torch.full_like(part.flow_logits, MIXTURE_LOGIT), part))
    error, gain = torch.cat(after), torch.cat(before) - torch.cat(after)
    present, hard_absent = samples.kind == PRESENT, samples.kind == HARD_ABSENT
    return {
        "gain_db": gain[present].mean().item(), "worse": (gain[present] < 0).float().mean().item(),
        "absent_db": error[samples.kind == ABSENT].median().item(),
        "hard_absent_db": error[hard_absent].median().item() if hard_absent.any() else float("nan"),
    }  # fmt: skip


def rule_module(rule: ChoiceRule, samples: FitSamples) -> FittedChoice:
    """Return the module with the weights of `rule`, for features that are not standardised."""
    net = FittedChoice(samples)
    net.subset_mean, net.subset_spread = torch.zeros(len(SUBSET_FEATURES)), torch.ones(len(SUBSET_FEATURES))
    net.window_mean, net.window_spread = torch.zeros(len(WINDOW_FEATURES)), torch.ones(len(WINDOW_FEATURES))
    for name, row in net.rows.items():
        row.data = torch.from_numpy(getattr(rule, name))
    return net


def rule_logits(rule: ChoiceRule, samples: FitSamples) -> Callable[[FitSamples], Tensor]:
    """Return the function from samples to the mask logits (N, F, B) of `rule`, without its gate."""
    net = rule_module(rule, samples)
    return lambda part: net(part)[0]


def fit_bundle(
    bundle: Path, library: Library, count: int, log: Callable[[str], None] = print, threads: int = 1
) -> dict[str, object]:
    """Fit choice and presence of `bundle` on `count` mixtures of the `FIT` fold; return the contents of choice.json.

    Raises BundleError where the bundle has no components.
    """
    samples = collect(FlowSepEngine.open(bundle, "cpu", threads=threads), library, FIT, count, log)
    log(f"text-conditioned network alone: {describe(samples, lambda part: part.flow_logits)}")
    rule = fit(samples, STEPS, log)
    net = rule_module(rule, samples)
    log(f"fitted: {describe(samples, lambda part: net(part)[0])}")
    shares = shares_db(samples, net)
    gate = gate_rule(shares, samples.kind.numpy())
    for kind, name in enumerate(("present", "absent", "hard absent")):
        own = shares[1, samples.kind.numpy() == kind]
        reported, sure = (float(np.mean(own >= bound)) for bound in (gate.peak_db, gate.sure_db))
        log(f"{name}: reported {reported:.3f}, as found {sure:.3f}")
    return {"rule": rule.as_json(), "presence": asdict(gate)}


def gate_rule(shares: np.ndarray, kind: np.ndarray) -> PresenceRule:
    """Return the gate that closes on `MISSED_SHARE` of the present sounds, and the level from which a report is sure.

    shares : (2, N), from `shares_db`.     kind : (N,) as in `FitSamples`.
    """
    peak = round(float(np.quantile(shares[1, kind == PRESENT], MISSED_SHARE)), 1)
    sure = round(float(np.quantile(shares[1, kind == ABSENT], 1 - FALSE_SURE_SHARE)), 1)
    return PresenceRule(min(peak, _LOWEST_GATE_DB), _GATE_WIDTH_DB, peak, max(peak, sure))


@torch.no_grad()
def shares_db(samples: FitSamples, net: Callable[[FitSamples], tuple[Tensor, Tensor]]) -> np.ndarray:
    """Return the energy of every query's stem re the mixture, presence included, dB, (2, N): of the window, largest.

    net : from samples to mask logits (N, F, B) and logits of presence (N,).
    """
    shares = []
    for places in torch.arange(len(samples)).split(EVALUATION_BATCH):
        part = samples.rows(places)
        mask_logits, presence = net(part)
        energy, total = (part.energy * both(mask_logits, presence[:, None, None]).sigmoid()).sum(2), part.energy.sum(2)
        smooth = [functional.avg_pool1d(x[:, None], SMOOTHING, 1, SMOOTHING // 2)[:, 0] for x in (energy, total)]
        is_audible = smooth[1] > 1e-6 * smooth[1].amax(1, keepdim=True)
        share = torch.where(is_audible, smooth[0] / smooth[1].clamp_min(1e-12), 0.0)
        shares.append(torch.stack([energy.sum(1), share.amax(1)]))
    return (10 * torch.log10(torch.cat(shares, 1) + 1e-9)).numpy()
