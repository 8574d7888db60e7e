"""Evaluation: metrics equal to published code, mixtures drawn by protocol, rows measured with the real Separator."""

import csv
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin import evaluate
from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.cli import main
from flowsep_plugin.errors import BundleError, MediaError, UsageError
from flowsep_plugin.evaluate import Mixture, OracleMel, mix, oracle_stft, score, sdr, segment_mixture, si_sdr
from flowsep_plugin.evaluate.protocols import PROTOCOLS, draw_trials, listed_trials
from flowsep_plugin.evaluate.sources import read_audiosep_pairs, read_dcase_pairs, read_sounds
from flowsep_plugin.media import write_clip
from flowsep_plugin.separate import Separator

GOLDEN = Path(__file__).parent / "golden" / "audiosep"
RATE = 16_000
AS_FLOAT32 = 1e-4
"""Tolerance in dB: AudioSep sums in float32, flowsep in float64."""
ROUNDING = 1e-6


@pytest.fixture(scope="module")
def metrics():
    return dict(np.load(GOLDEN / "metrics.npz"))


def case(metrics, name):
    """Return (reference, estimate) of a golden case."""
    ref, noise = metrics["ref"], metrics["noise"]
    return {
        "noisy": (ref, ref + noise), "scaled": (ref, 0.5 * ref + 0.2 * noise), "dc": (ref, ref + np.float32(0.05)),
        "equal": (ref, ref), "silent_est": (ref, 0 * ref), "silent_ref": (0 * ref, noise),
    }[name]  # fmt: skip


CASES = ["noisy", "scaled", "dc", "equal", "silent_est", "silent_ref"]


@pytest.mark.parametrize("name", CASES)
def test_sdr_equals_that_of_audiosep(metrics, name):
    assert sdr(*case(metrics, name)) == pytest.approx(float(metrics[f"sdr_{name}"]), abs=AS_FLOAT32)


@pytest.mark.parametrize("name", CASES)
def test_si_sdr_equals_that_of_audiosep(metrics, name):
    assert si_sdr(*case(metrics, name)) == pytest.approx(float(metrics[f"sisdr_{name}"]), abs=AS_FLOAT32)


def test_the_mixture_itself_has_no_improvement(metrics):
    ref, noise = metrics["ref"], metrics["noise"]
    scores = score(ref, ref + noise, ref + noise, RATE)
    assert (scores.sdr_improvement, scores.si_sdr_improvement, scores.leak_db) == (0, 0, 0)


def test_improvement_is_the_gain_over_the_mixture(metrics):
    ref, noise = metrics["ref"], metrics["noise"]
    scores = score(ref, ref + 0.1 * noise, ref + noise, RATE)
    assert scores.sdr_improvement == pytest.approx(20, abs=1e-3)


def test_equal_spectra_have_no_distance(metrics):
    assert evaluate.log_spectral_distance(metrics["ref"], metrics["ref"], RATE) == 0


def test_half_the_level_has_a_distance_of_6_db(metrics):
    noise = metrics["noise"]
    assert evaluate.log_spectral_distance(noise, noise / 2, RATE) == pytest.approx(6.02, abs=0.02)


def test_different_lengths_are_refused(metrics):
    with pytest.raises(ValueError, match=r"\(16000,\) and \(15999,\)"):
        sdr(metrics["ref"], metrics["ref"][1:])


@pytest.mark.parametrize(
    ("name", "seed", "most"), [("seed0", 0, 2), ("seed1", 1, 2), ("seed7", 7, 2), ("most3_seed3", 3, 3)]
)
def test_segments_are_mixed_as_audiosep_mixes_them(name, seed, most):
    golden = np.load(GOLDEN / "mixer.npz")
    waves, draw = list(golden["waves"]), random.Random(seed)
    mixtures = [segment_mixture(waves, index, draw, most=most) for index in range(3)]
    np.testing.assert_allclose(np.stack(mixtures, axis=1)[:, :, ::101], golden[name], atol=ROUNDING)


@given(st.floats(-30, 30), st.integers(0, 1000))
def test_a_mixture_has_the_requested_snr(snr_db, seed):
    source, noise = np.random.default_rng(seed).standard_normal((2, 4000)).astype(np.float32) * 0.1
    target, mixture = mix(source, noise, snr_db)
    assert sdr(target, mixture) == pytest.approx(snr_db, abs=0.01)


@given(st.floats(0.1, 100))
def test_a_mixture_never_clips(level):
    source, noise = np.random.default_rng(0).standard_normal((2, 4000)).astype(np.float32) * np.float32(level)
    assert np.abs(mix(source, noise, 0)[1]).max() <= max(1, 0.9 + ROUNDING)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Write six two-second sounds of five labels and three domains; returns the path of their table."""
    folder = tmp_path_factory.mktemp("library")
    draw = np.random.default_rng(0)
    time = np.arange(2 * RATE) / RATE
    sounds = {
        "low": ("a low tone", "music", np.sin(2 * np.pi * 220 * time)),
        "high": ("a high tone", "music", np.sin(2 * np.pi * 3000 * time)),
        "hiss": ("hiss", "environment", draw.standard_normal(len(time))),
        "clicks": ("clicks", "environment", (np.arange(len(time)) % 4000 < 40) * 1.0),
        "talk": ("a voice", "speech", np.sin(2 * np.pi * 150 * time) * (np.sin(2 * np.pi * 3 * time) > 0)),
        "talk2": ("a voice", "speech", np.sin(2 * np.pi * 180 * time) * (np.sin(2 * np.pi * 4 * time) > 0)),
    }
    rows = [["path", "label", "caption", "domain"]]
    for name, (caption, domain, samples) in sounds.items():
        write_clip(folder / f"{name}.wav", AudioClip((0.2 * samples).astype(np.float32), RATE))
        rows.append([f"{name}.wav", name.rstrip("2"), caption, domain])
    write_rows(folder / "sounds.csv", rows)
    return folder / "sounds.csv"


def write_rows(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_same_seed_draws_the_same_trials(library, protocol):
    sounds = read_sounds(library)
    assert draw_trials(protocol, sounds, seed=3) == draw_trials(protocol, sounds, seed=3)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_another_seed_draws_other_trials(library, protocol):
    sounds = read_sounds(library)
    assert draw_trials(protocol, sounds, seed=3) != draw_trials(protocol, sounds, seed=4)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_sound_is_never_mixed_with_its_own_label(library, protocol):
    kind = {sound.path: sound.label for sound in read_sounds(library)}
    assert all(
        kind[t.source] != kind[t.noise]
        for seed in range(5)
        for t in draw_trials(protocol, list(read_sounds(library)), seed=seed)
    )


def test_dcase_snrs_range_from_minus_15_to_15_db(library):
    levels = {t.snr_db for seed in range(40) for t in draw_trials("dcase", read_sounds(library), seed=seed)}
    assert (min(levels), max(levels)) == (-15, 15)


def test_music_is_mixed_with_music_only(library):
    used = {path.stem for t in draw_trials("music", read_sounds(library)) for path in (t.source, t.noise)}
    assert used == {"low", "high"}


def test_one_side_of_speech_and_effects_is_always_speech(library):
    for trial in draw_trials("speech", read_sounds(library)):
        assert ("talk" in trial.source.stem) != ("talk" in trial.noise.stem)


def test_an_absent_target_is_in_neither_side(library):
    kind = {sound.path: sound.label for sound in read_sounds(library)}
    for trial in draw_trials("absent", read_sounds(library)):
        assert trial.label not in {kind[trial.source], kind[trial.noise]}


def test_an_absent_target_is_silence(library):
    assert not draw_trials("absent", read_sounds(library))[0].render(RATE).source.any()


def test_a_limit_picks_trials_spread_over_all(library):
    sounds = read_sounds(library)
    everything = draw_trials("esc", sounds)
    assert draw_trials("esc", sounds, limit=3) == everything[::2]


def test_a_trial_has_the_requested_length(library):
    trial = draw_trials("esc", read_sounds(library), seconds=0.5)[0]
    assert trial.render(RATE).mixture.shape == (RATE // 2,)


def test_a_trial_is_rendered_at_the_requested_rate(library):
    assert draw_trials("esc", read_sounds(library))[0].render(32_000).mixture.shape == (64_000,)


def test_audiosep_lists_name_segments_and_mixtures(tmp_path):
    source, noise = np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32) * 0.1
    write_clip(tmp_path / "segment-7.wav", AudioClip(source, RATE), "wav32f")
    write_clip(tmp_path / "mixture-7.wav", AudioClip(source + noise, RATE), "wav32f")
    write_rows(tmp_path / "list.csv", [["idx", "caption", "src_wav", "noise_wav"], ["7", "rain", "a.wav", "b.wav"]])
    trial = listed_trials(read_audiosep_pairs(tmp_path / "list.csv"))[0]
    mixture = trial.render(RATE)
    np.testing.assert_allclose(mixture.mixture - mixture.source, noise, atol=ROUNDING)


def test_dcase_lists_are_mixed_at_their_snr(tmp_path):
    for name, samples in zip(
        "ab", np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32) * 0.1, strict=True
    ):
        write_clip(tmp_path / f"{name}.wav", AudioClip(samples, RATE), "wav32f")
    write_rows(tmp_path / "list.csv", [["source", "noise", "snr", "query"], ["a", "b", "-7", "rain falls"]])
    mixture = listed_trials(read_dcase_pairs(tmp_path / "list.csv"))[0].render(RATE)
    assert sdr(mixture.source, mixture.mixture) == pytest.approx(-7, abs=1e-3)


def test_a_clotho_list_with_two_columns_of_one_name_is_read(tmp_path):
    for name in ("segment-0.wav", "mixture-0.wav"):
        write_clip(tmp_path / name, AudioClip(np.full(800, 0.1, np.float32), RATE))
    head = ["idx", "caption", "src_wav", "noise_wav1", "noise_wav1"]
    write_rows(tmp_path / "list.csv", [head, ["0", "rain", "a", "b", "c"]])
    assert len(read_audiosep_pairs(tmp_path / "list.csv")) == 1


def test_a_missing_column_is_named(tmp_path):
    write_rows(tmp_path / "list.csv", [["file", "label"], ["a.wav", "a"]])
    with pytest.raises(UsageError, match="the column path is missing"):
        read_sounds(tmp_path / "list.csv")


def test_missing_files_are_counted(tmp_path):
    write_rows(tmp_path / "list.csv", [["path", "label"], ["a.wav", "a"], ["b.wav", "b"]])
    with pytest.raises(MediaError, match="2 of 2 files do not exist"):
        read_sounds(tmp_path / "list.csv")


def test_a_silent_file_is_named(tmp_path):
    for name, level in (("a", 0.0), ("b", 0.1)):
        write_clip(tmp_path / f"{name}.wav", AudioClip(np.full(RATE, level, np.float32), RATE))
    write_rows(tmp_path / "list.csv", [["path", "label"], ["a.wav", "a"], ["b.wav", "b"]])
    with pytest.raises(MediaError, match=r"a\.wav: is silent"):
        draw_trials("esc", read_sounds(tmp_path / "list.csv"))[0].render(RATE)


def test_a_table_with_a_single_label_is_refused(tmp_path):
    write_clip(tmp_path / "a.wav", AudioClip(np.full(RATE, 0.1, np.float32), RATE))
    write_rows(tmp_path / "list.csv", [["path", "label"], ["a.wav", "a"]])
    with pytest.raises(UsageError, match="add more labels"):
        draw_trials("esc", read_sounds(tmp_path / "list.csv"))


@pytest.fixture(scope="module")
def two_tones():
    """Return a mixture of a 300 Hz target and a 2.5 kHz tone, far enough apart for every oracle."""
    time = np.arange(2 * RATE) / RATE
    source, other = (0.2 * np.sin(2 * np.pi * hertz * time).astype(np.float32) for hertz in (300, 2500))
    return Mixture(source, source + other, RATE)


def test_the_stft_oracle_separates_two_tones(two_tones):
    assert sdr(two_tones.source, oracle_stft(two_tones, "a tone")) > 30


def test_the_mel_oracle_separates_two_tones_with_the_real_renderer(two_tones):
    assert sdr(two_tones.source, OracleMel(Separator.open("echo").engine)(two_tones, "a tone")) > 25


def test_the_mel_oracle_is_silent_where_the_target_is_absent(two_tones):
    absent = Mixture(np.zeros_like(two_tones.source), two_tones.mixture, RATE)
    stem = OracleMel(Separator.open("echo").engine)(absent, "a dog")
    assert np.sqrt(np.mean(stem**2)) < 1e-2 * np.sqrt(np.mean(absent.mixture**2))


@pytest.fixture(scope="module")
def rows(library):
    separator = Separator.open("echo")
    answers = {
        "unprocessed": evaluate.unprocessed,
        "echo": evaluate.ModelSeparator(separator, {}),
        "oracle": OracleMel(separator.engine),
    }
    return evaluate.measure(draw_trials("esc", read_sounds(library), seconds=1.0), answers, rate=RATE)


def test_echo_scores_what_the_mixture_scores(rows):
    assert rows[1].mean("sdr").value == pytest.approx(rows[0].mean("sdr").value, abs=0.01)


def test_the_oracle_is_never_worse_than_the_mixture(rows):
    assert rows[2].worse == 0


def test_a_label_counts_only_its_own_trials(rows):
    assert rows[0].labels("sdr")["talk"].count == 2


def test_the_table_has_a_line_for_each_row_and_label(rows):
    page = evaluate.markdown(rows, {"protocol": "esc"})
    assert all(f"| {name}" in page for name in ("unprocessed", "echo", "oracle", "talk", "clicks"))


def test_the_record_can_be_written_as_json(rows):
    record = json.loads(json.dumps(evaluate.as_json(rows, {"seed": 0})))
    assert [len(row["trials"]) for row in record["rows"]] == [6, 6, 6]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40))
def test_a_mean_is_within_its_interval(values):
    mean = evaluate.bootstrap(values)
    assert mean.low - 1e-9 <= mean.value <= mean.high + 1e-9


def test_the_interval_of_a_normal_sample_equals_the_textbook_formula():
    values = np.random.default_rng(1).standard_normal(400)
    mean = evaluate.bootstrap(list(values))
    assert mean.high - mean.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_a_set_has_no_frechet_distance_from_itself():
    items = np.random.default_rng(0).standard_normal((50, 8))
    assert evaluate.frechet_distance(items, items) == pytest.approx(0, abs=1e-8)


def test_the_frechet_distance_of_a_shift_is_its_square():
    items = np.random.default_rng(0).standard_normal((50, 8))
    assert evaluate.frechet_distance(items, items + 3.0) == pytest.approx(8 * 9, abs=1e-6)


def test_the_distance_of_two_gaussians_equals_the_formula():
    draw = np.random.default_rng(0)
    a, b = draw.standard_normal((20_000, 1)), 3 * draw.standard_normal((20_000, 1))
    assert evaluate.frechet_distance(a, b) == pytest.approx((3 - 1) ** 2, rel=0.05)


@pytest.fixture(scope="module")
def embedding_graphs(tmp_path_factory):
    """Write an audio graph (sum of squares, peak) and a text graph (a constant), both with embeddings of width 2."""
    onnx = pytest.importorskip("onnx")
    folder = tmp_path_factory.mktemp("ears")
    helper, kind = onnx.helper, onnx.TensorProto

    def save(name, nodes, inputs, constants=()):
        graph = helper.make_graph(
            nodes, name, inputs, [helper.make_tensor_value_info("out", kind.FLOAT, [1, 2])], list(constants)
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        onnx.save(model, folder / f"{name}.onnx")
        return folder / f"{name}.onnx"

    wave = helper.make_tensor_value_info("wave", kind.FLOAT, [1, "n"])
    ids = helper.make_tensor_value_info("input_ids", kind.INT64, [1, "n"])
    axes = helper.make_tensor("axes", kind.INT64, [1], [1])
    audio = save(
        "audio",
        [
            helper.make_node("ReduceSumSquare", ["wave", "axes"], ["power"], keepdims=1),
            helper.make_node("ReduceMax", ["wave", "axes"], ["peak"], keepdims=1),
            helper.make_node("Concat", ["power", "peak"], ["out"], axis=1),
        ],
        [wave],
        [axes],
    )
    one = helper.make_tensor("one", kind.FLOAT, [1, 2], [0.0, 1.0])
    text = save("text", [helper.make_node("Identity", ["one"], ["out"])], [ids], [one])
    return audio, text


def test_an_onnx_embedding_gives_a_frechet_distance(library, embedding_graphs):
    embedding = evaluate.embeddings.AudioEmbedding(embedding_graphs[0], RATE)
    trials = draw_trials("esc", read_sounds(library), seconds=0.5)
    row = evaluate.measure(trials, {"unprocessed": evaluate.unprocessed}, rate=RATE, embedding=embedding)[0]
    assert row.frechet > 0


def test_clapscore_is_a_cosine(embedding_graphs, tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    backend = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    backend.save(str(tmp_path / "tokenizer.json"))
    embedding = evaluate.embeddings.AudioEmbedding(embedding_graphs[0], RATE)
    clap = evaluate.embeddings.ClapScore(
        embedding, evaluate.embeddings.TextEmbedding(embedding_graphs[1], tmp_path / "tokenizer.json")
    )
    wave = np.zeros(100, np.float32)
    wave[0] = 1.0
    assert clap(wave, RATE, "a click") == pytest.approx(np.sqrt(0.5), abs=1e-6)


def test_a_graph_other_than_an_embedding_is_refused(pocket):
    with pytest.raises(BundleError, match="an embedding takes one"):
        evaluate.embeddings.AudioEmbedding(pocket / "velocity.onnx", RATE)


def test_a_missing_embedding_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no such file; name an ONNX graph"):
        evaluate.embeddings.AudioEmbedding(tmp_path / "gone.onnx", RATE)


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_info:
        main(["evaluate", *map(str, arguments)])
    return int(exit_info.value.code or 0), capsys.readouterr()


def test_the_command_prints_the_table_and_writes_it(capsys, library, tmp_path):
    code, output = run(
        capsys, library, "--model", "echo", "--rate", RATE, "--seconds", 0.5, "--limit", 2, "--out", tmp_path
    )
    assert code == 0
    assert "| echo, 2 steps" in output.out
    assert (tmp_path / "results.md").read_text() == output.out
    assert json.loads((tmp_path / "results.json").read_text())["about"]["mixtures"] == 2


def test_the_command_gives_a_row_for_each_number_of_steps(capsys, library, pocket):
    line = [library, "--model", pocket, "--rate", RATE, "--seconds", 0.5, "--limit", 1, "--no-oracles", "--json"]
    _, output = run(capsys, *line, "--steps", 1, "--steps", 3)
    assert [row["name"] for row in json.loads(output.out)["rows"]] == [
        "unprocessed",
        "pocket, 1 step",
        "pocket, 3 steps",
    ]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [(("--protocol", "esd"), 2), (("--steps", "0"), 2), (("--clap-audio", "x.onnx"), 2), (("--model", "nope"), 3)],
)
def test_wrong_options_end_with_their_exit_code(capsys, library, wrong, code):
    assert run(capsys, library, "--model", "echo", "--rate", RATE, "--limit", 1, *wrong)[0] == code


def test_a_missing_table_ends_with_3(capsys, tmp_path):
    assert run(capsys, tmp_path / "gone.csv", "--model", "echo")[0] == 3
