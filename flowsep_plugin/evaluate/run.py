"""Every row answers every trial; what comes out is measured and kept."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from flowsep_plugin.audio.types import Doubles

from .embeddings import AudioEmbedding, ClapScore
from .metrics import Score, score
from .protocols import Trial
from .rows import MixtureSeparator
from .statistics import Mean, bootstrap, frechet_distance

METRICS = tuple(field.name for field in dataclasses.fields(Score))
SILENT_DB = -30.0
"""A stem under this, re the mixture, counts as silent."""


@dataclass(frozen=True, slots=True)
class TrialScore:
    """One row's answer to one trial. `clap` and `clap_target` (of the source itself) where a CLAP was given."""

    trial: Trial
    score: Score
    clap: float | None = None


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """A row of the table, with everything it is made of."""

    name: str
    measured: tuple[TrialScore, ...]
    frechet: float | None = None

    def mean(self, metric: str) -> Mean:
        """Mean of a metric of METRICS over all trials, with its interval."""
        return bootstrap([getattr(one.score, metric) for one in self.measured])

    @property
    def worse(self) -> float:
        """Share of the trials whose estimate is further from the source than the mixture is, 0..1."""
        return float(np.mean([one.score.sdr_improvement < 0 for one in self.measured]))

    @property
    def silent(self) -> float:
        """Share of the trials whose estimate lies at least 30 dB under the mixture, 0..1."""
        return float(np.mean([one.score.leak_db <= SILENT_DB for one in self.measured]))

    @property
    def clap(self) -> Mean | None:
        """Mean CLAPScore, where one was asked for."""
        values = [one.clap for one in self.measured if one.clap is not None]
        return bootstrap(values) if values else None

    def labels(self, metric: str) -> dict[str, Mean]:
        """`mean` of each label, sorted."""
        kinds = sorted({one.trial.label for one in self.measured})
        return {
            kind: bootstrap([getattr(one.score, metric) for one in self.measured if one.trial.label == kind])
            for kind in kinds
        }


def measure(
    trials: Sequence[Trial],
    rows: Mapping[str, MixtureSeparator],
    *,
    rate: int,
    embedding: AudioEmbedding | None = None,
    clap: ClapScore | None = None,
    report: Callable[[int, int], None] | None = None,
) -> list[EvaluationRow]:
    """Answer `trials` with every row at `rate` and measure. One mixture is in memory at a time.

    report : called with (trials done, trials in all); may raise Cancelled.
    Raises ValueError without trials; MediaError for a file that cannot be read.
    """
    if not trials:
        raise ValueError("no trials to measure")
    kept: dict[str, list[TrialScore]] = {name: [] for name in rows}
    heard: dict[str, list[Doubles]] = {name: [] for name in rows}
    true: list[Doubles] = []
    for number, trial in enumerate(trials, start=1):
        mixture = trial.render(rate)
        if embedding is not None:
            true.append(embedding(mixture.source, rate))
        for name, answer in rows.items():
            estimate = answer(mixture, trial.query)
            fits = None if clap is None else clap(estimate, rate, trial.query)
            scored = score(mixture.source, estimate, mixture.mixture, rate)
            kept[name].append(TrialScore(trial, scored, fits))
            if embedding is not None:
                heard[name].append(embedding(estimate, rate))
        if report is not None:
            report(number, len(trials))
    far = embedding is not None and len(trials) > 1
    return [
        EvaluationRow(name, tuple(kept[name]), frechet_distance(np.stack(true), np.stack(heard[name])) if far else None)
        for name in rows
    ]
