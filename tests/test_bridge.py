"""The Pedalboard bridge: callable like a board, delay-compensated, file to files; and why it is not a plugin."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.bridge import FlowSep
from flowsep_plugin.bridge.chains import ChainStream, Effects, delay_of
from flowsep_plugin.errors import BundleError, Cancelled, MediaError, UsageError
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.separate import Separator

pedalboard = pytest.importorskip("pedalboard")
RATE = 48_000
NULL = 1e-6
STEP = 2.0**-23


@pytest.fixture(scope="module")
def echo():
    return Separator.open("echo")


def late(frames):
    """Return an effect that delays by `frames` and does not report it."""

    def delay(audio, sample_rate):
        return np.pad(audio, ((0, 0), (frames, 0)))[:, : audio.shape[1]]

    return delay


# --- called like a board ---------------------------------------------------------------------------------------------


def test_a_stem_has_the_shape_of_its_audio(echo, noise_clip):
    audio = noise_clip(0.5).samples
    assert FlowSep("rain", separator=echo)(audio, RATE).shape == audio.shape


def test_mono_without_a_channel_axis_keeps_its_shape(echo, noise_clip):
    audio = noise_clip(0.5, channels=1).samples[0]
    assert FlowSep("rain", separator=echo)(audio, RATE).shape == audio.shape


def test_each_query_gives_one_stem(echo, noise_clip):
    assert len(FlowSep("rain", "wind", separator=echo)(noise_clip(0.2).samples, RATE)) == 2


def test_stems_and_residual_sum_to_the_audio(pocket, noise_clip):
    audio = noise_clip(1.0).samples
    flowsep = FlowSep("rain", "wind", model=pocket, device="cpu")
    rain, wind = flowsep(audio, RATE)
    assert np.abs(audio - rain - wind - flowsep.residual).max() <= NULL


def test_a_whole_rate_is_accepted_as_a_float(echo, noise_clip):
    assert FlowSep("rain", separator=echo)(noise_clip(0.1).samples, 48_000.0) is not None


def test_a_rate_that_is_not_whole_is_refused(echo, noise_clip):
    with pytest.raises(UsageError, match="whole number of hertz"):
        FlowSep("rain", separator=echo)(noise_clip(0.1).samples, 44_100.5)


def test_the_residual_exists_only_after_a_call(echo):
    with pytest.raises(UsageError, match="no residual yet"):
        _ = FlowSep("rain", separator=echo).residual


def test_settings_are_those_of_a_request(echo):
    flowsep = FlowSep("rain", separator=echo, negative=["wind"], seed=3, render=RenderSettings(strength=2))
    assert (flowsep.request.negative, flowsep.request.seed, flowsep.request.render.strength) == (("wind",), 3, 2)


def test_an_unknown_setting_is_refused():
    with pytest.raises(UsageError, match="sede"):
        FlowSep("rain", sede=3)


def test_an_empty_query_is_refused():
    with pytest.raises(UsageError):
        FlowSep(" ")


def test_the_model_is_opened_at_the_first_call_only(noise_clip):
    flowsep = FlowSep("rain", model="nope")
    with pytest.raises(BundleError, match="nope"):
        flowsep(noise_clip(0.1).samples, RATE)


def test_nan_is_refused(echo):
    with pytest.raises(MediaError, match="NaN"):
        FlowSep("rain", separator=echo)(np.full((1, 100), np.nan, np.float32), RATE)


def test_a_progress_callback_may_cancel(echo, noise_clip):
    def stop(progress):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        FlowSep("rain", separator=echo)(noise_clip(0.1).samples, RATE, progress=stop)


def test_importing_the_bridge_does_not_import_pedalboard():
    code = "import flowsep_plugin.bridge, sys; sys.exit('pedalboard' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- chains ----------------------------------------------------------------------------------------------------------


def test_a_pre_board_applies_to_the_stem(echo, noise_clip):
    audio = noise_clip(0.5).samples
    board = pedalboard.Pedalboard([pedalboard.Gain(gain_db=-20)])
    np.testing.assert_allclose(FlowSep("rain", separator=echo, pre=board)(audio, RATE), audio / 10, atol=NULL)


def test_a_post_board_applies_to_the_stem_and_not_to_the_residual(pocket, noise_clip):
    audio = noise_clip(0.5).samples
    plain = FlowSep("rain", model=pocket, device="cpu")
    turned = FlowSep("rain", separator=plain.separator, post=pedalboard.Gain(gain_db=-20))
    stem, quiet = plain(audio, RATE), turned(audio, RATE)
    np.testing.assert_allclose(quiet, stem / 10, atol=NULL)
    np.testing.assert_array_equal(turned.residual, plain.residual)


def test_a_list_is_a_chain_of_anything_that_can_be_called(echo, noise_clip):
    audio = noise_clip(0.2).samples
    chain = [pedalboard.Gain(gain_db=20), lambda audio, rate: audio / 10]
    np.testing.assert_allclose(FlowSep("rain", separator=echo, pre=chain)(audio, RATE), audio, atol=NULL)


@pytest.mark.parametrize("where", ["pre", "post"])
@pytest.mark.parametrize("delay", [1, 64, 1000, 12_345])
def test_the_delay_of_a_chain_is_compensated(echo, noise_clip, where, delay):
    audio = noise_clip(0.5).samples
    stem = FlowSep("rain", separator=echo, **{where: late(delay)})(audio, RATE)
    np.testing.assert_allclose(stem[:, :-delay], audio[:, :-delay], atol=NULL)


def test_delays_of_a_list_add_up():
    assert Effects([late(100), late(23)]).latency(RATE, 2) == 123


def test_an_intended_delay_stays_without_compensation(echo, noise_clip):
    audio = noise_clip(0.5).samples
    stem = FlowSep("rain", separator=echo, post=late(480), compensate=False)(audio, RATE)
    np.testing.assert_allclose(stem[:, 480:], audio[:, :-480], atol=NULL)


@settings(max_examples=15)
@given(st.integers(0, 20_000))
def test_a_pure_delay_is_measured_to_the_frame(delay):
    response = np.zeros(RATE, np.float32)
    response[delay] = 0.5
    assert delay_of(response) == delay


@pytest.mark.parametrize("taps", [65, 513])
def test_a_linear_phase_filters_delay_is_measured(taps):
    response = np.zeros(RATE)
    response[:taps] = signal.firwin(taps, [0.01, 0.9], pass_zero=False)
    assert delay_of(response) == pytest.approx(taps // 2, abs=2)


@pytest.mark.parametrize(
    "plugin",
    [
        pedalboard.Gain(-6), pedalboard.HighpassFilter(200), pedalboard.LowpassFilter(200),
        pedalboard.PeakFilter(1000, 9),
        pedalboard.LadderFilter(pedalboard.LadderFilter.Mode.LPF24, 500), pedalboard.Compressor(-30, 4),
        pedalboard.Limiter(), pedalboard.Reverb(), pedalboard.Delay(0.25, mix=0.3),
    ],
    ids=lambda plugin: type(plugin).__name__,
)  # fmt: skip
def test_effects_that_do_not_delay_the_direct_sound_have_no_latency(plugin):
    assert Effects(plugin).latency(RATE, 1) == 0


@pytest.mark.parametrize("change", [lambda a: a[:, :-777], lambda a: np.pad(a, ((0, 0), (0, 999)))])
def test_the_output_of_a_chain_is_cut_or_padded_to_the_input_length(noise_clip, change):
    audio = noise_clip(0.2).samples
    assert Effects(lambda a, rate: change(a))(audio, RATE).shape == audio.shape


@pytest.mark.parametrize("block", [1000, 4800, 9600])
def test_a_chain_in_blocks_equals_the_chain_at_once(noise_clip, block):
    board = pedalboard.Pedalboard([pedalboard.LadderFilter(pedalboard.LadderFilter.Mode.LPF24, 900)])
    audio = noise_clip(0.2).samples
    stream = ChainStream(Effects(board), RATE, 2, audio.shape[1])
    stem = [part for at in range(0, audio.shape[1], block) for part in stream.push(audio[:, at : at + block])]
    stem += stream.finish()
    np.testing.assert_allclose(np.concatenate(stem, axis=1), board(audio, RATE), atol=NULL)


def test_an_effect_that_cannot_be_called_is_refused():
    with pytest.raises(UsageError, match="cannot be called"):
        FlowSep("rain", pre=["reverb"])


def test_an_effect_that_returns_no_audio_is_refused(echo, noise_clip):
    with pytest.raises(UsageError, match="returned"):
        FlowSep("rain", separator=echo, pre=lambda audio, rate: None)(noise_clip(0.1).samples, RATE)


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def song(tmp_path, noise_clip):
    write_clip(tmp_path / "song.wav", noise_clip(1.2))
    return tmp_path / "song.wav"


def test_files_sum_to_their_clip(pocket, song, tmp_path):
    names = [tmp_path / f"{name}.wav" for name in ("rain", "wind", "rest")]
    FlowSep("rain", "wind", model=pocket, device="cpu").process_file(song, *names[:2], residual=names[2])
    clip, *parts = (read_clip(path).samples for path in (song, *names))
    np.testing.assert_array_equal(sum(parts), clip)


@pytest.mark.parametrize(("suffix", "bit_depth"), [("wav", None), ("wav", 24), ("wav", 32), ("flac", None)])
def test_files_of_an_integer_clip_sum_to_it_exactly(pocket, song, tmp_path, suffix, bit_depth):
    names = [tmp_path / f"{name}.{suffix}" for name in ("rain", "wind", "rest")]
    flowsep = FlowSep("rain", "wind", model=pocket, device="cpu")
    assert flowsep.process_file(song, *names[:2], residual=names[2], bit_depth=bit_depth) == ()
    np.testing.assert_array_equal(sum(read_clip(path).samples for path in names), read_clip(song).samples)


@pytest.fixture
def loud(tmp_path):
    """A float file that passes full scale."""
    write_clip(tmp_path / "loud.wav", AudioClip(np.linspace(-1.5, 1.5, 9_001, dtype=np.float32), RATE), "wav32f")
    return tmp_path / "loud.wav"


def test_files_of_a_clip_above_full_scale_are_float_and_sum_to_it(echo, loud, tmp_path):
    names = [tmp_path / f"{name}.wav" for name in ("rain", "wind", "rest")]
    (remark,) = FlowSep("rain", "wind", separator=echo).process_file(loud, *names[:2], residual=names[2])
    assert remark == "loud.wav passes full scale, where 24 bits would clip: the files are 32-bit float"
    np.testing.assert_array_equal(sum(read_clip(path).samples for path in names), read_clip(loud).samples)


def test_what_a_pre_board_drives_over_full_scale_is_float(echo, song, tmp_path):
    names = [tmp_path / "rain.wav", tmp_path / "rest.wav"]
    board = pedalboard.Gain(30)
    (remark,) = FlowSep("rain", separator=echo, pre=board).process_file(song, names[0], residual=names[1])
    assert "passes full scale" in remark
    total = sum(read_clip(path).samples for path in names)
    np.testing.assert_allclose(total, board(read_clip(song).samples, RATE), rtol=1e-6)


def test_a_depth_that_is_given_is_kept_and_the_clipping_is_said_before_and_after(echo, loud, tmp_path, caplog):
    said = FlowSep("rain", separator=echo).process_file(loud, tmp_path / "rain.wav", bit_depth=24)
    assert said == ("loud.wav passes full scale, which 24 bits clip: the files do not sum to it",)
    assert "loud.wav passes full scale" in caplog.text
    assert read_clip(tmp_path / "rain.wav").samples.max() <= 1


def test_flac_is_refused_for_what_it_cannot_hold_before_the_work(loud, tmp_path):
    with pytest.raises(UsageError, match=r"FLAC cannot hold; name rain\.wav instead"):
        FlowSep("rain", model="echo").process_file(loud, tmp_path / "rain.flac")
    assert [path.name for path in tmp_path.iterdir()] == ["loud.wav"]


def test_a_stem_that_a_post_board_drives_over_full_scale_is_float(echo, song, tmp_path):
    flowsep = FlowSep("rain", separator=echo, post=pedalboard.Gain(30))
    said = flowsep.process_file(song, tmp_path / "rain.wav")
    assert said == ("the effects pass full scale: rain.wav is 32-bit float",)
    assert np.abs(read_clip(tmp_path / "rain.wav").samples).max() > 1


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_the_suffix_chooses_the_format(echo, song, tmp_path, suffix):
    FlowSep("rain", separator=echo).process_file(song, tmp_path / f"rain.{suffix}")
    assert read_clip(tmp_path / f"rain.{suffix}").channels == 2


def test_boards_work_on_files_as_in_memory(echo, song, tmp_path):
    board = pedalboard.Pedalboard([pedalboard.HighpassFilter(300), pedalboard.Gain(-6)])
    flowsep = FlowSep("rain", separator=echo, pre=board, post=pedalboard.Gain(3))
    flowsep.process_file(song, tmp_path / "rain.wav")
    clip = read_clip(song)
    np.testing.assert_allclose(read_clip(tmp_path / "rain.wav").samples, flowsep(clip.samples, RATE), atol=2 * STEP)


def test_functions_work_on_files_as_in_memory(echo, song, tmp_path):
    flowsep = FlowSep("rain", separator=echo, post=[late(500), lambda audio, rate: np.tanh(audio)])
    flowsep.process_file(song, tmp_path / "rain.wav")
    np.testing.assert_allclose(
        read_clip(tmp_path / "rain.wav").samples, flowsep(read_clip(song).samples, RATE), atol=4 * STEP
    )


def test_loud_audio_between_boards_does_not_clip(echo, song, tmp_path):
    flowsep = FlowSep("rain", separator=echo, pre=pedalboard.Gain(30), post=pedalboard.Gain(-30))
    flowsep.process_file(song, tmp_path / "rain.wav")
    np.testing.assert_allclose(read_clip(tmp_path / "rain.wav").samples, read_clip(song).samples, atol=1e-5)


def test_a_number_of_files_other_than_that_of_queries_is_refused(echo, song, tmp_path):
    with pytest.raises(UsageError, match="1 queries but 2 target files"):
        FlowSep("rain", separator=echo).process_file(song, tmp_path / "a.wav", tmp_path / "b.wav")


def test_a_cancelled_file_leaves_nothing(echo, song, tmp_path):
    def stop(progress):
        if progress.stage == "render":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        FlowSep("rain", separator=echo).process_file(song, tmp_path / "rain.wav", progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


@pytest.mark.parametrize("content", [None, b"", b"no audio at all"])
def test_a_bad_input_is_an_error_of_the_file(echo, tmp_path, content):
    if content is not None:
        (tmp_path / "bad.wav").write_bytes(content)
    with pytest.raises(MediaError, match=r"bad\.wav"):
        FlowSep("rain", separator=echo).process_file(tmp_path / "bad.wav", tmp_path / "rain.wav")


@pytest.mark.parametrize("target", ["no/such/folder/rain.wav", "rain.xyz"])
def test_a_bad_target_is_an_error_of_the_file(echo, song, tmp_path, target):
    with pytest.raises(MediaError, match="cannot be written"):
        FlowSep("rain", separator=echo).process_file(song, tmp_path / target)


def test_processing_files_without_pedalboard_names_the_extra(echo, song, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pedalboard.io", None)
    with pytest.raises(UsageError, match=r"flowsep-plugin\[bridge\]"):
        FlowSep("rain", separator=echo).process_file(song, tmp_path / "rain.wav")


# --- why it is not a plugin inside the list --------------------------------------------------------------------------


def test_a_pedalboard_accepts_only_its_own_plugins(echo):
    with pytest.raises(TypeError, match=r"list\[pedalboard_native\.Plugin\]"):
        pedalboard.Pedalboard([FlowSep("rain", separator=echo)])


def test_the_plugin_class_of_pedalboard_cannot_be_subclassed_in_python():
    class Mine(pedalboard.Plugin):
        pass

    with pytest.raises(TypeError, match="abstract base class"):
        Mine()


def test_a_board_never_calls_a_python_override():
    class Loud(pedalboard.Gain):
        def process(self, *arguments, **options):
            raise AssertionError("Pedalboard calls C++ only")

        __call__ = process

    audio = np.full((1, 100), 0.1, np.float32)
    np.testing.assert_allclose(pedalboard.Pedalboard([Loud(gain_db=0)])(audio, RATE), audio)


def test_boards_can_be_called_before_and_after_it_instead(echo, noise_clip):
    audio = noise_clip(0.2).samples
    before, after = pedalboard.Pedalboard([pedalboard.Gain(6)]), pedalboard.Pedalboard([pedalboard.Gain(-6)])
    stem = after(FlowSep("rain", separator=echo)(before(audio, RATE), RATE), RATE)
    np.testing.assert_allclose(stem, AudioClip(audio, RATE).samples, atol=NULL)
