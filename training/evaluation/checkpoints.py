"""Calibration of checkpoints on a part of the validation trials, and measurement on the others."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer
from flowsep_training.data.sources import Library
from flowsep_training.loops.flow import latent_scale_on, load_flow
from flowsep_training.loops.vae import load_vae
from flowsep_training.queries import phrases
from flowsep_training.queries.text import open_text

from flowsep_plugin.engine.card import MaskRule, PresenceRule

from .trials import (
    PROTOCOLS,
    QueryTrial,
    TrainedSeparator,
    TrialResult,
    autoencoded_logits,
    by_label,
    draw_trials,
    estimate_of,
    oracle_logits,
    score_all,
    separator_logits,
    summary,
    unprocessed,
)

SLOPES = (1.4, 1.7, 2.0, 2.4, 3.0)
STEPS = (1, 2, 4, 8, 20)
COMPARED = ("environment, 0 dB", "speech and effects, 0 dB", "instrument and instrument, 0 dB")
FOR_SLOPE, FOR_PRESENCE = 16, 64
"""Trials per protocol to calibrate with: slopes need the renderer, presence the network alone."""

PARAPHRASE_TRIALS = 96
MISS_WEIGHT = 10
"""A present sound that the gate closes on counts as much as so many absent ones that it opens for."""


def open_separator(vae: Path, flow: Path, text: str, library: Library) -> TrainedSeparator:
    """Return the separator of two checkpoints, uncalibrated. `text` is the folder of the text encoder."""
    net, config = load_flow(flow)
    autoencoder = load_vae(vae)
    scale = latent_scale_on(autoencoder, TrainingMixer(library, "train", MixtureConfig()))
    encode = open_text(text, config["pool"]["tokens"])
    return TrainedSeparator(net, autoencoder, round(scale, 6), encode, config["flow_loss"]["objective"])


def calibrate(model: TrainedSeparator, trials: list[QueryTrial], steps: int) -> TrainedSeparator:
    """Return `model` with the slope of `SLOPES` whose rendered stems have the best sum of SDRi and SI-SDR.

    The bias stays 0: what it gives to the target, it takes from everything else.
    """

    def score(slope: float) -> float:
        results = score_all(trials, separator_logits(replace(model, rule=MaskRule(slope)), steps))
        return float(np.mean([result.sdri + result.si_sdr for result in results]))

    return replace(model, rule=MaskRule(max(SLOPES, key=score)))


def shares_db(model: TrainedSeparator, trials: list[QueryTrial], steps: int) -> np.ndarray:
    """Return the target's share of each mixture's energy, dB: of the whole, and where it is largest; `(2, trials)`."""
    shares = []
    mask_logits = separator_logits(model, steps)
    for trial in trials:
        with estimate_of(trial, mask_logits([trial])[0]) as estimate:
            whole = float(estimate.energy.sum() / estimate.total.sum())
            shares.append((10 * np.log10(whole + 1e-9), float(estimate.share_db().max())))
    return np.array(shares).T


def measure(
    model: TrainedSeparator, library: Library, count: int, log: Callable[[str], None] = print
) -> dict[str, Any]:
    """Calibrate `model`, then measure all protocols and systems; return what `evaluate` writes as JSON.

    Calibration trials are other pairs than those measured.
    """
    trials_of = {name: draw_trials(library, protocol, count) for name, protocol in PROTOCOLS.items()}
    fit = {
        name: draw_trials(library, protocol, count + FOR_PRESENCE)[len(trials_of[name]) :]
        for name, protocol in PROTOCOLS.items()
    }
    present = [trial for name, trials in fit.items() if not PROTOCOLS[name].absent for trial in trials]
    absent = [trial for name, trials in fit.items() if PROTOCOLS[name].absent for trial in trials]
    model = calibrate(model, present[:: FOR_PRESENCE // FOR_SLOPE], 1)
    shares = shares_db(model, present, 1), shares_db(model, absent, 1)
    model = replace(model, presence=presence_rule(*shares))
    log(f"{model.rule} {model.presence}")
    results: dict[str, dict[str, dict[str, float]]] = {}
    labels: list[TrialResult] = []
    for name, trials in trials_of.items():
        results[name] = {}
        for system, measure_system in systems(model, name, trials).items():
            system_results = measure_system()
            results[name][system] = summary(system_results)
            log(f"{name} | {system} | { ({k: round(v, 2) for k, v in results[name][system].items()}) }")
            if system == "ours, 1 step" and not PROTOCOLS[name].absent:
                labels += system_results
    return {
        "mask": {"slope": model.rule.slope, "bias": model.rule.bias},
        "presence": asdict(model.presence),
        "shares_db": {"present": _quartiles(shares[0][0]), "absent": _quartiles(shares[1][0])},
        "peaks_db": {"present": _quartiles(shares[0][1]), "absent": _quartiles(shares[1][1])},
        "missed": float(np.mean(shares[0][1] < model.presence.peak_db)),
        "believed": float(np.mean(shares[1][1] >= model.presence.peak_db)),
        "results": results,
        "labels": by_label(labels),
        "paraphrases": paraphrases(model, library),
        "scale": model.scale,
    }


def systems(
    model: TrainedSeparator, protocol: str, trials: list[QueryTrial]
) -> dict[str, Callable[[], list[TrialResult]]]:
    """Return the systems to compare under a protocol, by their names in the table; only the last uses the gate."""
    absent = PROTOCOLS[protocol].absent
    rows: dict[str, Callable[[], list[TrialResult]]] = {
        "unprocessed": lambda: unprocessed(trials),
        "ours, 1 step": lambda: score_all(trials, separator_logits(model, 1)),
    }
    if not absent:
        rows["oracle 128-mel ratio mask"] = lambda: score_all(trials, oracle_logits)
    if protocol.startswith("environment, 0"):
        for steps in STEPS[1:]:
            rows[f"ours, {steps} steps"] = lambda steps=steps: score_all(trials, separator_logits(model, steps))
        rows["ours, 1 step, mean of 4 seeds"] = lambda: score_all(trials, separator_logits(model, 1, 4))
        rows["mask from generated mels, 1 step"] = lambda: score_all(trials, separator_logits(model, 1, generated=True))
        rows["mask from generated mels, 8 steps"] = lambda: score_all(
            trials, separator_logits(model, 8, generated=True)
        )
        rows["oracle through our autoencoder"] = lambda: score_all(trials, autoencoded_logits(model))
    rows["ours, 1 step, with the gate"] = lambda: score_all(trials, separator_logits(model, 1), model.presence)
    return rows


def compare(
    models: Mapping[str, TrainedSeparator], library: Library, count: int, steps: Sequence[int] = (1, 4, 8),
    log: Callable[[str], None] = print,
) -> dict[str, dict[str, dict[str, float]]]:  # fmt: skip
    """Measure several separators on the same trials; return protocol -> system -> `summary`.

    A regressor has one step only.
    """
    results: dict[str, dict[str, dict[str, float]]] = {}
    for name in COMPARED:
        trials = draw_trials(library, PROTOCOLS[name], count)
        results[name] = {"unprocessed": summary(unprocessed(trials))}
        for system, model in models.items():
            for step_count in steps[:1] if model.objective == "regression" else steps:
                row = f"{system}, {step_count} step{'s' if step_count > 1 else ''}"
                results[name][row] = summary(score_all(trials, separator_logits(model, step_count)))
                log(f"{name} | {row} | { ({k: round(v, 2) for k, v in results[name][row].items()}) }")
    return results


def presence_rule(present: np.ndarray, absent: np.ndarray) -> PresenceRule:
    """Return the rule with the fewest errors on `shares_db` of present and of absent sounds, each `(2, trials)`.

    Closing on a present sound counts `MISS_WEIGHT` times. The threshold is -18 dB at least, below which nothing is
    gained but regions blur, and -10 dB at most; the peak depends on the clearest moment alone.
    """
    threshold = best_threshold(present[0], absent[0], np.arange(-18.0, -9.5, 0.5), MISS_WEIGHT)
    peak = best_threshold(present[1], absent[1], np.arange(-20.0, -0.5, 0.5), MISS_WEIGHT)
    return PresenceRule(threshold, 6.0, max(threshold, peak))


def best_threshold(present: np.ndarray, absent: np.ndarray, thresholds: np.ndarray, weight: float) -> float:
    """Return the one of `thresholds` `(n,)` with the fewest errors: present values below it, absent ones above it.

    present, absent : `(trials,)`.     weight : of an error on a present value, where an absent one has 1.
    """
    errors = [weight * np.mean(present < t) + np.mean(absent >= t) for t in thresholds]
    best = np.flatnonzero(np.isclose(errors, np.min(errors)))
    return float(thresholds[best[len(best) // 2]])


def paraphrases(model: TrainedSeparator, library: Library, count: int = 12) -> dict[str, float]:
    """Return the mean SDRi with captions that were trained on and with held-out wordings of the same targets."""
    trials = draw_trials(library, PROTOCOLS["environment, 0 dB"], PARAPHRASE_TRIALS)
    trials = [trial for trial in trials if trial.label in phrases.HELD_OUT]
    trials = trials[: 2 * count]
    reworded = [replace(t, text=phrases.HELD_OUT[t.label][i % 2]) for i, t in enumerate(trials)]
    if not trials:
        return {}
    captions, wordings = (score_all(part, separator_logits(model, 1)) for part in (trials, reworded))
    return {
        "captions": summary(captions)["sdri"], "held-out wordings": summary(wordings)["sdri"], "trials": len(trials),
    }  # fmt: skip


def write(path: Path, measurements: dict[str, Any]) -> None:
    """Write what `measure` returned as JSON to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(measurements, indent=1) + "\n", encoding="utf-8")


def _quartiles(values: np.ndarray) -> list[float]:
    return [round(float(value), 1) for value in np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))]
