"""Evaluation of models: mixtures by protocol, metrics as in published results, tables with confidence intervals.

sounds ─► protocol ─► trials ─► rows (mixture, oracles, the real Separator) ─► scores ─► tables
"""

from .metrics import Score, log_spectral_distance, score, sdr, si_sdr, si_sir_sar
from .mixtures import mix, segment_mixture
from .protocols import PROTOCOLS, Mixture, Trial, draw_trials, listed_trials
from .rows import MixtureSeparator, ModelSeparator, OracleMel, oracle_stft, unprocessed
from .run import EvaluationRow, TrialScore, measure
from .sources import PAIR_READERS, Pair, Sound, read_sounds
from .statistics import Mean, bootstrap, frechet_distance
from .tables import as_json, markdown

__all__ = [
    "PAIR_READERS",
    "PROTOCOLS",
    "EvaluationRow",
    "Mean",
    "Mixture",
    "MixtureSeparator",
    "ModelSeparator",
    "OracleMel",
    "Pair",
    "Score",
    "Sound",
    "Trial",
    "TrialScore",
    "as_json",
    "bootstrap",
    "draw_trials",
    "frechet_distance",
    "listed_trials",
    "log_spectral_distance",
    "markdown",
    "measure",
    "mix",
    "oracle_stft",
    "read_sounds",
    "score",
    "sdr",
    "segment_mixture",
    "si_sdr",
    "si_sir_sar",
    "unprocessed",
]
