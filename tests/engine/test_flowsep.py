from dataclasses import replace

import numpy as np
import pytest

from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine
from flowsep_plugin.engine.mask_logits import logits_of_pair
from flowsep_plugin.errors import Cancelled, EngineError, UsageError
from flowsep_plugin.render_settings import RenderSettings


def ignore(units):
    pass


@pytest.fixture(params=["pocket", "single"])
def engine(request):
    return FlowSepEngine.open(request.getfixturevalue(request.param), "cpu")


@pytest.fixture
def windows(engine):
    shape = (3, 2, engine.card.window_frames)
    return (0.05 * np.random.default_rng(0).standard_normal(shape)).astype(np.float32)


def starts(engine, count=3):
    stride = engine.card.window_frames - engine.card.overlap_frames
    return [index * stride for index in range(count)]


def test_an_estimate_covers_every_window_and_text(engine, windows):
    estimate = engine.estimate(
        windows, starts(engine), engine.encode_queries(["a dog", "rain"]), Request(["x"]), ignore
    )
    assert estimate.mask_logits.shape == (3, 2, engine.card.window_mel_frames, engine.card.mel.bands)
    assert estimate.energy.shape == (3, 2, engine.card.window_mel_frames)
    assert np.isfinite(estimate.mask_logits).all()


def test_the_same_seed_gives_the_same_estimate(engine, windows):
    query = engine.encode_queries(["a dog"])
    one = engine.estimate(windows, starts(engine), query, Request(["x"], seed=5), ignore)
    two = engine.estimate(windows, starts(engine), query, Request(["x"], seed=5), ignore)
    np.testing.assert_array_equal(one.mask_logits, two.mask_logits)


def test_another_seed_or_text_gives_another_estimate(engine, windows):
    def mask_logits(text, seed):
        return engine.estimate(
            windows, starts(engine), engine.encode_queries([text]), Request(["x"], seed=seed), ignore
        ).mask_logits

    assert not np.array_equal(mask_logits("a dog", 0), mask_logits("a dog", 1))
    assert not np.array_equal(mask_logits("a dog", 0), mask_logits("rain", 0))


def test_a_window_does_not_depend_on_its_company(engine, windows):
    query, request = engine.encode_queries(["a dog", "rain"]), Request(["x"])
    together = engine.estimate(windows, starts(engine), query, request, ignore)
    alone = engine.estimate(windows[1:2], starts(engine)[1:2], query, request, ignore)
    np.testing.assert_allclose(alone.mask_logits[0], together.mask_logits[1], atol=2e-3)


@pytest.mark.parametrize(
    "request_", [Request(["x"]), Request(["x"], steps=3, solver="midpoint"), Request(["x"], seed_count=2, draft=True)]
)
def test_ticks_add_up_to_the_units_announced(engine, windows, request_):
    ticks = []
    engine.estimate(windows, starts(engine), engine.encode_queries(["a", "b"]), request_, ticks.append)
    assert sum(ticks) == engine.units(3, 2, request_)


def test_a_cancel_between_steps_stops_at_once(engine, windows):
    ticks = []

    def cancel_at_the_second(units):
        ticks.append(units)
        if len(ticks) == 2:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        engine.estimate(
            windows, starts(engine), engine.encode_queries(["a"]), Request(["x"], steps=50), cancel_at_the_second
        )
    assert len(ticks) == 2


def test_inputs_kept_on_the_device_change_nothing(pocket, windows):
    query = ["a dog"]
    plain, bound = (FlowSepEngine(ModelBundle.open(pocket), "cpu", bind=bind) for bind in (False, True))
    windows = windows[:, :, : plain.card.window_frames]
    one, two = (e.estimate(windows, starts(e), e.encode_queries(query), Request(["x"]), ignore) for e in (plain, bound))
    np.testing.assert_array_equal(one.mask_logits, two.mask_logits)


class Counting:
    """A session that counts the rows it is given."""

    def __init__(self, session):
        self.session, self.rows = session, 0

    def get_inputs(self):
        return self.session.get_inputs()

    def run(self, names, inputs):
        self.rows += len(next(iter(inputs.values())))
        return self.session.run(names, inputs)


def test_what_depends_on_the_mixture_alone_is_computed_once(single, windows):
    bundle = ModelBundle.open(single)
    card = replace(bundle.card, flow=replace(bundle.card.flow, complement=None))
    engine = FlowSepEngine(replace(bundle, card=card), "cpu")
    windows = windows[:, :, : card.window_frames]
    graphs = {name: Counting(session) for name, session in engine.graphs.sessions.items()}
    engine.graphs.sessions.update(graphs)
    for texts in (["a dog"], ["rain", "a dog"]):
        engine.estimate(windows, starts(engine), engine.encode_queries(texts), Request(texts), ignore)
    assert graphs["encode"].rows == len(windows)
    assert graphs["decode"].rows == len(windows) * (1 + 1 + 2)


class Greedy:
    """A session that runs out of memory with more than `most` rows."""

    def __init__(self, session, most):
        self.session, self.most, self.refused = session, most, 0

    def get_inputs(self):
        return self.session.get_inputs()

    def run(self, names, inputs):
        if len(next(iter(inputs.values()))) > self.most:
            self.refused += 1
            raise RuntimeError("CUDA failure 2: out of memory")
        return self.session.run(names, inputs)


def test_out_of_memory_halves_the_batch_and_goes_on(engine, windows):
    query, request = engine.encode_queries(["a dog", "rain"]), Request(["x"])
    before = engine.estimate(windows, starts(engine), query, request, ignore)
    greedy = {name: Greedy(session, 1) for name, session in engine.graphs.sessions.items()}
    engine.graphs.sessions.update(greedy)
    after = engine.estimate(windows, starts(engine), query, request, ignore)
    np.testing.assert_allclose(after.mask_logits, before.mask_logits, atol=2e-3)
    assert sum(session.refused for session in greedy.values()) > 0


def test_out_of_memory_with_one_row_is_an_error_that_names_the_graph(engine, windows):
    engine.graphs.sessions["encode"] = Greedy(engine.graphs.sessions["encode"], 0)
    with pytest.raises(EngineError, match="'encode' failed on cpu"):
        engine.estimate(windows[:1], [0], engine.encode_queries(["a"]), Request(["x"]), ignore)


def test_long_mels_are_vocoded_without_seams(pocket):
    engine = FlowSepEngine.open(pocket, "cpu")
    mels = np.random.default_rng(0).normal(-5, 1, (1, 1500, engine.card.mel.bands)).astype(np.float32)
    whole = engine.vocode(mels)
    part = engine.vocode(mels[:, 900:1200])
    hop, edge = engine.card.mel.hop, 100
    assert whole.shape == (1, 1500 * hop)
    np.testing.assert_allclose(
        part[:, edge * hop : -edge * hop], whole[:, (900 + edge) * hop : (1200 - edge) * hop], atol=1e-4
    )


def test_a_model_without_a_vocoder_says_so(single):
    with pytest.raises(UsageError, match="no vocoder"):
        FlowSepEngine.open(single, "cpu").vocode(np.zeros((1, 8, 128), np.float32))


def ran(engine, monkeypatch):
    """The names of the graphs that run from now on."""
    names, run = [], engine.graphs.run
    monkeypatch.setattr(engine.graphs, "run", lambda graph, inputs: names.append(graph) or run(graph, inputs))
    return names


def test_where_the_network_says_the_odds_a_mask_needs_no_decoder(pocket, monkeypatch):
    engine = FlowSepEngine.open(pocket, "cpu")
    windows = np.full((1, 1, engine.card.window_frames), 0.01, np.float32)
    query, names = engine.encode_queries(["a dog"]), ran(engine, monkeypatch)
    assert engine.estimate(windows, [0], query, Request(["x"]), ignore).generated is None
    assert "decode" not in names
    settings = RenderSettings(mode="generated")
    assert engine.estimate(windows, [0], query, Request(["x"], render=settings), ignore).generated is not None
    assert names.count("decode") == 2  # target and rest


def test_where_it_does_not_the_odds_come_from_the_two_generations(pocket, windows, monkeypatch):
    engine = FlowSepEngine.open(pocket, "cpu")
    query, request = engine.encode_queries(["a dog"]), Request(["x"], render=RenderSettings(mode="hybrid"))
    monkeypatch.setattr(engine, "_logits_output", None)
    decoded, decode = [], engine._decode
    monkeypatch.setattr(engine, "_decode", lambda latent: decoded.append(decode(latent)) or decoded[-1])
    estimate = engine.estimate(windows, starts(engine), query, request, ignore)
    np.testing.assert_allclose(estimate.mask_logits[:, 0], logits_of_pair(*decoded, engine.card.mask), atol=1e-6)
