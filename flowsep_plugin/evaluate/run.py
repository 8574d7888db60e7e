"""The measurement: every row separates every trial, and the stems are scored."""

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
"""Level relative to the mixture, in dB, below which a stem counts as silent."""


@dataclass(frozen=True, slots=True)
class TrialScore:
    """Score of one row in one trial; `clap` is None without a CLAP model."""

    trial: Trial
    score: Score
    clap: float | None = None


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """A row of the table: its scores of all trials, and the Fréchet distance if an embedding was used."""

    name: str
    measured: tuple[TrialScore, ...]
    frechet: float | None = None

    def mean(self, metric: str) -> Mean:
        """Return the mean of a metric of METRICS over all trials, with its confidence interval."""
        return bootstrap([getattr(one.score, metric) for one in self.measured])

    @property
    def worse(self) -> float:
        """Share of the trials in which the mixture has a better SDR than the estimate, 0..1."""
        return float(np.mean([one.score.sdr_improvement < 0 for one in self.measured]))

    @property
    def silent(self) -> float:
        """Share of the trials whose estimate is at least 30 dB below the mixture, 0..1."""
        return float(np.mean([one.score.leak_db <= SILENT_DB for one in self.measured]))

    @property
    def clap(self) -> Mean | None:
        """Mean CLAPScore; None without a CLAP model."""
        values = [one.clap for one in self.measured if one.clap is not None]
        return bootstrap(values) if values else None

    def labels(self, metric: str) -> dict[str, Mean]:
        """Return the mean of a metric for each label, sorted by label."""
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
    """Separate all `trials` with every row at `rate`, and score the stems. One mixture is in memory at a time.

    rows : name -> row.     report : called with (trials done, trials in all); may raise Cancelled.
    Raises ValueError without trials, MediaError for a file that cannot be read.
    """
    if not trials:
        raise ValueError("no trials to measure")
    scores: dict[str, list[TrialScore]] = {name: [] for name in rows}
    embeddings: dict[str, list[Doubles]] = {name: [] for name in rows}
    references: list[Doubles] = []
    for number, trial in enumerate(trials, start=1):
        mixture = trial.render(rate)
        if embedding is not None:
            references.append(embedding(mixture.source, rate))
        for name, separate in rows.items():
            estimate = separate(mixture, trial.query)
            clap_score = None if clap is None else clap(estimate, rate, trial.query)
            scores[name].append(TrialScore(trial, score(mixture.source, estimate, mixture.mixture, rate), clap_score))
            if embedding is not None:
                embeddings[name].append(embedding(estimate, rate))
        if report is not None:
            report(number, len(trials))
    has_frechet = embedding is not None and len(trials) > 1
    return [
        EvaluationRow(
            name,
            tuple(scores[name]),
            frechet_distance(np.stack(references), np.stack(embeddings[name])) if has_frechet else None,
        )
        for name in rows
    ]
