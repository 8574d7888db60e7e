"""Calibrate a checkpoint on one half of the validation trials, measure it on the other, and say how long that took."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.engine.card import MaskRule, PresenceRule

from . import evaluate as ev
from . import phrases
from .evaluate import Model, Result, Trial
from .flow import load_flow, measured_scale
from .mixtures import Mixer, Recipe
from .sources import Library
from .text import open_text
from .vae import load_vae

SLOPES = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0)


def open_model(vae: Path, flow: Path, text: str, library: Library) -> Model:
    """A separator from its checkpoints, uncalibrated."""
    net, config = load_flow(flow)
    autoencoder = load_vae(vae)
    scale = measured_scale(autoencoder, Mixer(library, "train", Recipe()))
    encode = open_text(text, config["pool"]["tokens"])
    return Model(net, autoencoder, round(scale, 6), encode, config["flow_loss"]["objective"])


def calibrate(model: Model, trials: list[Trial], steps: int) -> Model:
    """The slope whose masks come nearest the true ones, where the mixture is loud; decided on mels.

    There is no bias: what the target gains, everything else would lose.
    """
    pairs = []
    for first in range(0, len(trials), 8):
        some = trials[first : first + 8]
        target, rest, _ = (part.numpy() for part in model.generate(some, steps))
        for trial, made in zip(some, target - rest, strict=True):
            mixture, wanted, other = trial.levelled.numpy()
            share = 1 / (1 + np.exp(-2 * (wanted - other)))
            loud = np.exp(2 * mixture)
            pairs.append((made, share, loud / (loud * share**2).sum()))

    def loss(slope: float) -> float:
        errors = [(loud * (1 / (1 + np.exp(-slope * made)) - share) ** 2).sum() for made, share, loud in pairs]
        return float(np.mean(np.log10(np.array(errors) + 0.003)))

    return replace(model, rule=MaskRule(min(SLOPES, key=loss)))


def shrinkage(model: Model, trials: list[Trial], steps: int) -> tuple[tuple[float, float], ...]:
    """Pairs (ln T/X, mean true mask) for a renderer that has the target alone."""
    ratios, masks = [], []
    for first in range(0, len(trials), 8):
        some = trials[first : first + 8]
        target, _, through = (part.numpy() for part in model.generate(some, steps))
        for trial, ratio in zip(some, target - through, strict=True):
            _, wanted, other = trial.levelled.numpy()
            ratios.append(ratio.ravel())
            masks.append((1 / (1 + np.exp(-2 * (wanted - other)))).ravel())
    ratio, mask = np.concatenate(ratios), np.concatenate(masks)
    edges = np.linspace(-4.5, 0.75, 22)
    points = []
    for low, high in pairwise(edges):
        inside = (ratio >= low) & (ratio < high)
        if inside.sum() > 50:
            points.append((round(float(low + high) / 2, 3), round(float(mask[inside].mean()), 4)))
    rising = np.maximum.accumulate([value for _, value in points])
    return tuple((place, float(value)) for (place, _), value in zip(points, rising, strict=True))


def energy_share_db(model: Model, trials: list[Trial], steps: int) -> np.ndarray:
    """How much of each mixture's energy the model gives to the target, dB."""
    shares = []
    for trial, odds in zip(trials, ev.model_odds(model, steps)(trials), strict=True):
        power = np.exp(2 * trial.levelled[0].numpy())
        shares.append(10 * np.log10((power / (1 + np.exp(-odds))).sum() / power.sum() + 1e-9))
    return np.array(shares)


def measure(model: Model, library: Library, count: int, log: Callable[[str], None] = print) -> dict[str, Any]:
    """All protocols, systems and labels; see `Protocol`. Calibration trials are other pairs than those measured."""
    drawn = {name: ev.draw_trials(library, protocol, count) for name, protocol in ev.PROTOCOLS.items()}
    present = [protocol for protocol in ev.PROTOCOLS.values() if not protocol.absent]
    fit = [trial for protocol in present for trial in ev.draw_trials(library, protocol, count + 8)[count:]]
    model = calibrate(model, fit, 1)
    log(f"mask rule {model.rule}")
    table = shrinkage(model, fit, 1)
    results: dict[str, dict[str, dict[str, float]]] = {}
    labels: list[Result] = []
    for name, trials in drawn.items():
        absent = ev.PROTOCOLS[name].absent
        single = replace(model, rule=MaskRule(shrinkage=table))
        systems: dict[str, Callable[[], list[Result]]] = {
            "unprocessed": lambda trials=trials: ev.unprocessed(trials),
            "ours, 1 step": lambda trials=trials: ev.run(trials, ev.model_odds(model, 1)),
            "ours, 2 steps": lambda trials=trials: ev.run(trials, ev.model_odds(model, 2)),
        }
        if not absent:
            systems["oracle 128-mel ratio mask"] = lambda trials=trials: ev.run(trials, ev.oracle_odds)
        if name.startswith("environment, 0"):
            systems["oracle through our autoencoder"] = lambda trials=trials: ev.run(trials, ev.coded_odds(model))
            systems["ours, 1 step, mean of 4 seeds"] = lambda trials=trials: ev.run(trials, ev.model_odds(model, 1, 4))
            systems["ours, 4 steps"] = lambda trials=trials: ev.run(trials, ev.model_odds(model, 4))
            systems["ours, 8 steps"] = lambda trials=trials: ev.run(trials, ev.model_odds(model, 8))
            systems["ours, 1 step, target alone with the shrinkage table"] = lambda trials=trials, single=single: (
                ev.run(trials, ev.model_odds(single, 1, single=True))
            )
        results[name] = {}
        for system, judged in systems.items():
            found = judged()
            results[name][system] = ev.summary(found)
            log(f"{name} | {system} | { ({k: round(v, 2) for k, v in results[name][system].items()}) }")
            if system == "ours, 1 step" and not absent:
                labels += found
    there = energy_share_db(model, drawn["environment, 0 dB"][:24], 1)
    gone = energy_share_db(model, drawn["absent target"][:24], 1)
    presence = presence_rule(there)
    return {
        "mask": {"slope": model.rule.slope, "bias": model.rule.bias, "shrinkage": table},
        "presence": asdict(presence),
        "shares_db": {"present": _quartiles(there), "absent": _quartiles(gone)},
        "results": results,
        "labels": ev.by_label(labels),
        "paraphrases": paraphrases(model, library),
        "scale": model.scale,
    }


def presence_rule(present: np.ndarray) -> PresenceRule:
    """A gate that closes fewer than one in twenty of the sounds that are there."""
    return PresenceRule(round(float(min(np.quantile(present, 0.05) - 3, -10.0)), 1), 6.0)


def paraphrases(model: Model, library: Library, count: int = 12) -> dict[str, float]:
    """Mean SDRi with captions that were trained on and with held-out wordings of the same targets."""
    trials = [t for t in ev.draw_trials(library, ev.PROTOCOLS["environment, 0 dB"], 96) if t.label in phrases.HELD_OUT]
    trials = trials[: 2 * count]
    reworded = [replace(t, text=phrases.HELD_OUT[t.label][i % 2]) for i, t in enumerate(trials)]
    if not trials:
        return {}
    known, unknown = (ev.run(some, ev.model_odds(model, 1)) for some in (trials, reworded))
    return {
        "captions": ev.summary(known)["sdri"], "held-out wordings": ev.summary(unknown)["sdri"], "trials": len(trials),
    }  # fmt: skip


def write(path: Path, found: dict[str, Any]) -> None:
    """Write what was measured as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _quartiles(values: np.ndarray) -> list[float]:
    return [round(float(value), 1) for value in np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))]
