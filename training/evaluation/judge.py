"""Measurement of bundles on libraries that no network learned from, through the product's own separation."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from flowsep_training.data.folds import JUDGE, VALID
from flowsep_training.data.sources import RATE, Library

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.engine.base import Request
from flowsep_plugin.presence import regions
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.separate import Separator

from .trials import Protocol, QueryTrial, TrialResult, by_label, draw_trials, score

PROTOCOLS = {
    "environment, 0 dB": Protocol("environment+environment"),
    "environment, -15 to 15 dB": Protocol("environment+environment", 15.0),
    "speech and effects, 0 dB": Protocol("speech+environment"),
    "instruments, 0 dB": Protocol("music+music"),
    "absent": Protocol("environment+environment", absent=True),
    "absent sound-alike": Protocol("environment+environment", absent=True, alike=True),
}
SPLITS = {"unseen libraries": JUDGE, "other recordings of known libraries": VALID}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One trial: its scores with the gate of the card and with the gate open, and the reported presence.

    is_reported : the answer was "found" or "may be there".     is_sure : it was "found".
    """

    gated: TrialResult
    open: TrialResult
    is_reported: bool
    is_sure: bool


def verdicts(separator: Separator, trials: list[QueryTrial]) -> list[Verdict]:
    """Separate and score every trial."""
    results = []
    for trial in trials:
        clip = AudioClip(trial.mixture[None].astype(np.float32), RATE)
        request = Request([trial.text])
        with separator.estimate(clip, 0, clip.span, request) as estimate:
            unsure = estimate.unsure(clip.span)[0]
            gated, ungated = (
                separator.render(clip, estimate, replace(request, render=RenderSettings(gate=gate))) for gate in (1, 0)
            )
        is_reported = bool(regions(gated.presence[0]))
        results.append(
            Verdict(
                gated=score(trial, gated.stems[0].samples[0]),
                open=score(trial, ungated.stems[0].samples[0]),
                is_reported=is_reported,
                is_sure=is_reported and not unsure,
            )
        )
    return results


def summary(results: list[Verdict]) -> dict[str, float]:
    """Return means with half of their 95 % intervals; `leak_db` is a median.

    Of absent sounds only `leak_db`, `found` (reported at all) and `sure` are meaningful.
    """
    ungated, gated = [v.open for v in results], [v.gated for v in results]
    return {
        **{f"{name}_{kind}": float(np.mean([getattr(r, name) for r in rows]))
           for kind, rows in (("open", ungated), ("gated", gated)) for name in ("sdri", "si_sdr")},
        "interval": float(1.96 * np.std([r.sdri for r in ungated]) / np.sqrt(len(results))),
        "median_open": float(np.median([r.sdri for r in ungated])),
        "worse_open": float(np.mean([r.sdri < 0 for r in ungated])),
        "worse_gated": float(np.mean([r.sdri < 0 for r in gated])),
        "leak_db": float(np.median([r.leak_db for r in ungated])),
        "found": float(np.mean([v.is_reported for v in results])),
        "sure": float(np.mean([v.is_sure for v in results])),
        "trials": len(results),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """The measurements of all bundles. Field names are keys of the JSON file.

    results : split -> protocol -> bundle -> `summary` and `gain` over the first bundle.
    labels : split -> label -> (mean SDRi, trials), of the last bundle.
    """

    results: dict[str, dict[str, dict[str, dict[str, float]]]]
    labels: dict[str, dict[str, tuple[float, int]]]


def judge_bundles(
    bundles: Mapping[str, Path], library: Library, count: int, log: Callable[[str], None] = print, threads: int = 1
) -> JudgeReport:
    """Measure all bundles on the same mixtures of both `SPLITS`, `count` per protocol of `PROTOCOLS`."""
    separators = {name: Separator.open(path, "cpu", threads=threads) for name, path in bundles.items()}
    report = JudgeReport({}, {})
    for split, key in SPLITS.items():
        report.results[split], last = {}, []
        for name, protocol in PROTOCOLS.items():
            trials = draw_trials(library, protocol, count, split=key)
            rows = {bundle: verdicts(separator, trials) for bundle, separator in separators.items()}
            first = next(iter(rows.values()))
            report.results[split][name] = {
                bundle: summary(results) | gain(results, first) for bundle, results in rows.items()
            }
            for bundle, row in report.results[split][name].items():
                log(f"{split} | {name} | {bundle} | " + line(row))
            last += [] if protocol.absent else [verdict.open for verdict in list(rows.values())[-1]]
        report.labels[split] = by_label(last)
    return report


def gain(results: list[Verdict], baseline: list[Verdict]) -> dict[str, float]:
    """Return the mean SDRi over that of another bundle on the same trials, and half of its 95 % interval."""
    differences = np.array([one.open.sdri - other.open.sdri for one, other in zip(results, baseline, strict=True)])
    half = 1.96 * differences.std() / np.sqrt(len(differences))
    return {"gain": float(differences.mean()), "gain_interval": float(half)}


def line(row: Mapping[str, float]) -> str:
    """Return a row of `summary` as one line of text."""
    percent = {name: f"{100 * row[name]:.0f}" for name in ("worse_open", "worse_gated", "found", "sure")}
    return (
        f"SDRi {row['sdri_open']:.2f}±{row['interval']:.2f} (median {row['median_open']:.1f}, "
        f"gate {row['sdri_gated']:.2f}) SI-SDR {row['si_sdr_open']:.2f} ({row['si_sdr_gated']:.2f}) "
        f"worse {percent['worse_open']} ({percent['worse_gated']}) % "
        f"found {percent['found']} (sure {percent['sure']}) % "
        f"leak {row['leak_db']:.1f} gain {row['gain']:+.2f}±{row['gain_interval']:.2f}"
    )


def write(path: Path, report: JudgeReport) -> None:
    """Write `report` and the protocols as JSON to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    protocols = {name: asdict(protocol) for name, protocol in PROTOCOLS.items()}
    path.write_text(json.dumps({"protocols": protocols, **asdict(report)}, indent=1) + "\n", encoding="utf-8")
