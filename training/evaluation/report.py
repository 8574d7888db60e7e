"""Calibrate a checkpoint on one half of the validation trials, measure it on the other, and say how long that took."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from flowsep_training.data.mixtures import Mixer, Recipe
from flowsep_training.data.sources import Library
from flowsep_training.loops.flow import load_flow, measured_scale
from flowsep_training.loops.vae import load_vae
from flowsep_training.queries import phrases
from flowsep_training.queries.text import open_text

from flowsep_plugin.engine.card import MaskRule, PresenceRule

from . import evaluate as ev
from .evaluate import Model, Result, Trial

SLOPES = (1.4, 1.7, 2.0, 2.4, 3.0)
STEPS = (1, 2, 4, 8, 20)
COMPARED = ("environment, 0 dB", "speech and effects, 0 dB", "instrument and instrument, 0 dB")
FOR_SLOPE, FOR_PRESENCE = 16, 64
"""Trials a protocol to calibrate with: the slope goes through the renderer, presence asks the network alone."""


def open_model(vae: Path, flow: Path, text: str, library: Library) -> Model:
    """A separator from its checkpoints, uncalibrated."""
    net, config = load_flow(flow)
    autoencoder = load_vae(vae)
    scale = measured_scale(autoencoder, Mixer(library, "train", Recipe()))
    encode = open_text(text, config["pool"]["tokens"])
    return Model(net, autoencoder, round(scale, 6), encode, config["flow_loss"]["objective"])


def calibrate(model: Model, trials: list[Trial], steps: int) -> Model:
    """The slope whose stems measure best through the renderer, SDRi and SI-SDR added.

    There is no bias: what the target gains, everything else would lose.
    """

    def score(slope: float) -> float:
        found = ev.run(trials, ev.model_odds(replace(model, rule=MaskRule(slope)), steps))
        return float(np.mean([result.sdri + result.si_sdr for result in found]))

    return replace(model, rule=MaskRule(max(SLOPES, key=score)))


def shares_db(model: Model, trials: list[Trial], steps: int) -> np.ndarray:
    """How much of each mixture's energy the model gives to the target: in all, and where most; `(2, trials)` dB."""
    found = []
    said = ev.model_odds(model, steps)
    for trial in trials:
        with ev.estimate(trial, said([trial])[0]) as made:
            whole = float(made.energy.sum() / made.total.sum())
            found.append((10 * np.log10(whole + 1e-9), float(made.share_db().max())))
    return np.array(found).T


def measure(model: Model, library: Library, count: int, log: Callable[[str], None] = print) -> dict[str, Any]:
    """All protocols, systems and labels; see `Protocol`. Calibration trials are other pairs than those measured."""
    drawn = {name: ev.draw_trials(library, protocol, count) for name, protocol in ev.PROTOCOLS.items()}
    fit = {
        name: ev.draw_trials(library, protocol, count + FOR_PRESENCE)[len(drawn[name]) :]
        for name, protocol in ev.PROTOCOLS.items()
    }
    there = [trial for name, trials in fit.items() if not ev.PROTOCOLS[name].absent for trial in trials]
    gone = [trial for name, trials in fit.items() if ev.PROTOCOLS[name].absent for trial in trials]
    model = calibrate(model, there[:: FOR_PRESENCE // FOR_SLOPE], 1)
    shares = shares_db(model, there, 1), shares_db(model, gone, 1)
    model = replace(model, presence=presence_rule(*shares))
    log(f"{model.rule} {model.presence}")
    results: dict[str, dict[str, dict[str, float]]] = {}
    labels: list[Result] = []
    for name, trials in drawn.items():
        results[name] = {}
        for system, judged in systems(model, name, trials).items():
            found = judged()
            results[name][system] = ev.summary(found)
            log(f"{name} | {system} | { ({k: round(v, 2) for k, v in results[name][system].items()}) }")
            if system == "ours, 1 step" and not ev.PROTOCOLS[name].absent:
                labels += found
    return {
        "mask": {"slope": model.rule.slope, "bias": model.rule.bias},
        "presence": asdict(model.presence),
        "shares_db": {"present": _quartiles(shares[0][0]), "absent": _quartiles(shares[1][0])},
        "peaks_db": {"present": _quartiles(shares[0][1]), "absent": _quartiles(shares[1][1])},
        "missed": float(np.mean(shares[0][1] < model.presence.peak_db)),
        "believed": float(np.mean(shares[1][1] >= model.presence.peak_db)),
        "results": results,
        "labels": ev.by_label(labels),
        "paraphrases": paraphrases(model, library),
        "scale": model.scale,
    }


def systems(model: Model, protocol: str, trials: list[Trial]) -> dict[str, Callable[[], list[Result]]]:
    """What is compared under a protocol, by its name in the table. All but the last row of it leave the gate open."""
    absent = ev.PROTOCOLS[protocol].absent
    found: dict[str, Callable[[], list[Result]]] = {
        "unprocessed": lambda: ev.unprocessed(trials),
        "ours, 1 step": lambda: ev.run(trials, ev.model_odds(model, 1)),
    }
    if not absent:
        found["oracle 128-mel ratio mask"] = lambda: ev.run(trials, ev.oracle_odds)
    if protocol.startswith("environment, 0"):
        for steps in STEPS[1:]:
            found[f"ours, {steps} steps"] = lambda steps=steps: ev.run(trials, ev.model_odds(model, steps))
        found["ours, 1 step, mean of 4 seeds"] = lambda: ev.run(trials, ev.model_odds(model, 1, 4))
        found["mask from generated mels, 1 step"] = lambda: ev.run(trials, ev.model_odds(model, 1, generated=True))
        found["mask from generated mels, 8 steps"] = lambda: ev.run(trials, ev.model_odds(model, 8, generated=True))
        found["oracle through our autoencoder"] = lambda: ev.run(trials, ev.coded_odds(model))
    found["ours, 1 step, with the gate"] = lambda: ev.run(trials, ev.model_odds(model, 1), model.presence)
    return found


def compare(
    models: Mapping[str, Model], library: Library, count: int, steps: Sequence[int] = (1, 4, 8),
    log: Callable[[str], None] = print,
) -> dict[str, dict[str, dict[str, float]]]:  # fmt: skip
    """Several separators on the same pairs, protocol -> system -> `summary`; a regressor answers in one step only."""
    results: dict[str, dict[str, dict[str, float]]] = {}
    for name in COMPARED:
        trials = ev.draw_trials(library, ev.PROTOCOLS[name], count)
        results[name] = {"unprocessed": ev.summary(ev.unprocessed(trials))}
        for system, model in models.items():
            for taken in steps[:1] if model.objective == "regression" else steps:
                row = f"{system}, {taken} step{'s' if taken > 1 else ''}"
                results[name][row] = ev.summary(ev.run(trials, ev.model_odds(model, taken)))
                log(f"{name} | {row} | { ({k: round(v, 2) for k, v in results[name][row].items()}) }")
    return results


def presence_rule(present: np.ndarray, absent: np.ndarray) -> PresenceRule:
    """The rule that errs least on `shares_db` of sounds that are there and of ones that are not.

    Closing on a sound that is there counts ten times as much as opening for one that is not. The threshold is -18 dB
    at least, below which nothing is gained but regions blur, and -10 dB at most; the peak is a matter of the clearest
    moment alone.
    """
    threshold = least_wrong(present[0], absent[0], np.arange(-18.0, -9.5, 0.5), 10)
    peak = least_wrong(present[1], absent[1], np.arange(-20.0, -0.5, 0.5), 10)
    return PresenceRule(threshold, 6.0, max(threshold, peak))


def least_wrong(present: np.ndarray, absent: np.ndarray, places: np.ndarray, weight: float) -> float:
    """The one of `places` under which the fewest present values and over which the fewest absent ones lie, weighed."""
    errors = [weight * np.mean(present < place) + np.mean(absent >= place) for place in places]
    best = np.flatnonzero(np.isclose(errors, np.min(errors)))
    return float(places[best[len(best) // 2]])


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
