"""How good a bundle is, through the product's own two passes, on libraries that it never learned from."""

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

from .evaluate import Protocol, Result, Trial, by_label, draw_trials, judge

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
    """One trial: its `Result` with the gate as the card has it, and with the gate open; what was reported.

    found : whether the sound was reported at all.     sure : whether not as one that may be there.
    """

    gated: Result
    open: Result
    found: bool
    sure: bool


def verdicts(separator: Separator, trials: list[Trial]) -> list[Verdict]:
    """Separate and judge every trial."""
    results = []
    for trial in trials:
        clip = AudioClip(trial.mixture[None].astype(np.float32), RATE)
        request = Request([trial.text])
        with separator.estimate(clip, 0, clip.span, request) as estimate:
            unsure = estimate.unsure(clip.span)[0]
            gated, opened = (
                separator.render(clip, estimate, replace(request, render=RenderSettings(gate=gate))) for gate in (1, 0)
            )
        found = bool(regions(gated.presence[0]))
        stems = (judge(trial, made.stems[0].samples[0]) for made in (gated, opened))
        results.append(Verdict(*stems, found, found and not unsure))
    return results


def summary(results: list[Verdict]) -> dict[str, float]:
    """Means with half of their 95 % intervals; `leak_db` is a median. For absent sounds only leak and found count."""
    opened, gated = [v.open for v in results], [v.gated for v in results]
    return {
        **{f"{name}_{kind}": float(np.mean([getattr(r, name) for r in rows]))
           for kind, rows in (("open", opened), ("gated", gated)) for name in ("sdri", "si_sdr")},
        "interval": float(1.96 * np.std([r.sdri for r in opened]) / np.sqrt(len(results))),
        "median_open": float(np.median([r.sdri for r in opened])),
        "worse_open": float(np.mean([r.sdri < 0 for r in opened])),
        "worse_gated": float(np.mean([r.sdri < 0 for r in gated])),
        "leak_db": float(np.median([r.leak_db for r in opened])),
        "found": float(np.mean([v.found for v in results])),
        "sure": float(np.mean([v.sure for v in results])),
        "trials": len(results),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """`results` split -> protocol -> bundle -> `summary`; `labels` split -> label -> (mean SDRi, trials), last bundle.

    The `gain` of a bundle is its paired difference to the first one.
    """

    results: dict[str, dict[str, dict[str, dict[str, float]]]]
    labels: dict[str, dict[str, tuple[float, int]]]


def judge_bundles(
    bundles: Mapping[str, Path], library: Library, count: int, log: Callable[[str], None] = print, threads: int = 1
) -> Judged:
    """Measure all bundles on the same mixtures of both `SPLITS`, under all `PROTOCOLS`."""
    separators = {name: Separator.open(path, "cpu", threads=threads) for name, path in bundles.items()}
    judged = Judged({}, {})
    for split, key in SPLITS.items():
        judged.results[split], last = {}, []
        for name, protocol in PROTOCOLS.items():
            trials = draw_trials(library, protocol, count, split=key)
            rows = {bundle: verdicts(separator, trials) for bundle, separator in separators.items()}
            first = next(iter(rows.values()))
            judged.results[split][name] = {
                bundle: summary(found) | gain(found, first) for bundle, found in rows.items()
            }
            for bundle, row in judged.results[split][name].items():
                log(f"{split} | {name} | {bundle} | " + line(row))
            last += [] if protocol.absent else [verdict.open for verdict in list(rows.values())[-1]]
        judged.labels[split] = by_label(last)
    return judged


def gain(found: list[Verdict], first: list[Verdict]) -> dict[str, float]:
    """Mean SDRi over that of another bundle on the same trials, and half of its 95 % interval."""
    differences = np.array([one.open.sdri - other.open.sdri for one, other in zip(found, first, strict=True)])
    half = 1.96 * differences.std() / np.sqrt(len(differences))
    return {"gain": float(differences.mean()), "gain_interval": float(half)}


def line(row: Mapping[str, float]) -> str:
    """One row of `summary` in words."""
    percent = {name: f"{100 * row[name]:.0f}" for name in ("worse_open", "worse_gated", "found", "sure")}
    return (
        f"SDRi {row['sdri_open']:.2f}±{row['interval']:.2f} (median {row['median_open']:.1f}, "
        f"gate {row['sdri_gated']:.2f}) SI-SDR {row['si_sdr_open']:.2f} ({row['si_sdr_gated']:.2f}) "
        f"worse {percent['worse_open']} ({percent['worse_gated']}) % "
        f"found {percent['found']} (sure {percent['sure']}) % "
        f"leak {row['leak_db']:.1f} gain {row['gain']:+.2f}±{row['gain_interval']:.2f}"
    )


def write(path: Path, judged: Judged) -> None:
    """Write what was measured as JSON, with the protocols beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    protocols = {name: asdict(protocol) for name, protocol in PROTOCOLS.items()}
    path.write_text(json.dumps({"protocols": protocols, **asdict(judged)}, indent=1) + "\n", encoding="utf-8")
