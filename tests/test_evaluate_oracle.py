"""SI-SDR, SI-SIR and SI-SAR against fast_bss_eval, where both define the same; SDR is a plain SNR."""

import numpy as np
import pytest

from flowsep_plugin.evaluate import score, sdr, si_sdr, si_sir_sar

oracle = pytest.importorskip("fast_bss_eval", reason="an oracle: pip install fast_bss_eval")
FRAMES, RATE = 16_000, 16_000
WITHIN_DB = 1e-3
"""AudioSep's SI-SDR, which ours equals, adds float32's epsilon to every energy; here energies are in the hundreds."""


@pytest.fixture(params=range(4))
def signals(request):
    """A source, a residual that is correlated with it, and an estimate with some of both and of a third sound."""
    source, other, artefact = np.random.default_rng(request.param).standard_normal((3, FRAMES)) * 0.2
    residual = 0.3 * source + other
    return source, residual, 0.8 * source + 0.2 * residual + 0.05 * (1 + request.param) * artefact


def test_si_sdr_is_that_of_fast_bss_eval(signals):
    source, _, estimate = signals
    assert si_sdr(source, estimate) == pytest.approx(oracle.si_sdr(source[None], estimate[None])[0], abs=WITHIN_DB)


def test_si_sdr_is_its_sdr_with_filters_of_one_tap(signals):
    source, _, estimate = signals
    assert si_sdr(source, estimate) == pytest.approx(
        oracle.sdr(source[None], estimate[None], filter_length=1)[0], abs=WITHIN_DB
    )


def test_longer_filters_forgive_more(signals):
    """BSS Eval's usual SDR forgives a filter where SI-SDR forgives a gain: it cannot be lower."""
    source, _, estimate = signals
    assert si_sdr(source, estimate) <= oracle.sdr(source[None], estimate[None], filter_length=64)[0] + WITHIN_DB


def test_sdr_is_the_snr(signals):
    source, _, estimate = signals
    error = estimate - source
    assert sdr(source, estimate) == pytest.approx(10 * np.log10((source @ source) / (error @ error)), abs=1e-6)


def test_sir_and_sar_are_those_of_fast_bss_eval(signals):
    source, residual, estimate = signals
    references, estimates = np.stack([source, residual]), np.stack([estimate, estimate - source])
    _, sir, sar = oracle.si_bss_eval_sources(references, estimates, compute_permutation=False)
    ours = si_sir_sar(source, residual, estimate)
    assert ours[0] == pytest.approx(sir[0], abs=WITHIN_DB)
    assert ours[1] == pytest.approx(sar[0], abs=WITHIN_DB)


def test_values_without_an_end_stop_at_100_db():
    source, residual = np.random.default_rng(0).standard_normal((2, FRAMES))
    assert si_sir_sar(source, residual, source) == (100, 100)
    assert si_sir_sar(source, residual, residual - source * (source @ residual) / (source @ source))[0] == -100
    assert si_sir_sar(source, np.zeros(FRAMES), source) == (100, 100)
    assert si_sir_sar(np.zeros(FRAMES), np.zeros(FRAMES), np.zeros(FRAMES)) == (0, 0)


def test_a_mixture_has_no_artefacts():
    source, residual = np.random.default_rng(1).standard_normal((2, FRAMES)).astype(np.float32)
    assert score(source, source + residual, source + residual, RATE).si_sar > 99
