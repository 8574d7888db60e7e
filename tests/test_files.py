"""Separation of a file into files: names, folders, metadata, receipts, and no partial files."""

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import Cancelled, MediaError, UsageError
from flowsep_plugin.files import FORMATS, FileRequest, read_receipt, safe_name, separate_file
from flowsep_plugin.media import Bext, open_media, open_writer, probe, write_clip
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.separate import Separator

LSB = 2.0**-23


@pytest.fixture(scope="module")
def separator(request):
    return Separator.open(request.path.parent / "pocket" / "bundle", "cpu")


@pytest.fixture
def song(tmp_path, noise_clip):
    path = tmp_path / "song.wav"
    write_clip(path, noise_clip(3.3), format="wav24")
    return path


def noise(channels, frames):
    return np.random.default_rng(1).uniform(-0.4, 0.4, (channels, frames)).astype(np.float32)


def samples_of(separation):
    return [sf.read(path, dtype="float64", always_2d=True)[0].T for path in (*separation.stems, separation.residual)]


@pytest.mark.parametrize("format", FORMATS)
def test_files_null_within_one_step_of_24_bits(separator, song, tmp_path, format):
    separation = separate_file(separator, song, Request(["a dog", "rain"]), FileRequest(tmp_path / "out", format))
    clip = sf.read(song, dtype="float64", always_2d=True)[0].T
    assert np.abs(clip - sum(samples_of(separation))).max() <= LSB


def test_an_integer_clip_nulls_to_the_last_bit(separator, song, tmp_path):
    separation = separate_file(separator, song, Request(["a dog"]), FileRequest(tmp_path / "out", "wav24"))
    clip = sf.read(song, dtype="float64", always_2d=True)[0].T
    assert np.abs(clip - sum(samples_of(separation))).max() == 0
    assert separation.null_db == -200.0


def test_files_equal_a_separation_in_memory(separator, song, tmp_path, noise_clip):
    request = Request(["a dog"], seed=4)
    separation = separate_file(separator, song, request, FileRequest(tmp_path / "out", "wav32f"))
    with open_media(song) as source:
        clip_samples = source.read(0, source.frames)
    in_memory = separator.separate(AudioClip(clip_samples, 48_000), request)
    np.testing.assert_array_equal(samples_of(separation)[0].astype(np.float32), in_memory.stems[0].samples)


def test_files_are_named_after_clip_and_query(separator, song, tmp_path):
    separation = separate_file(separator, song, Request(["a dog barking"]), FileRequest(tmp_path / "out"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "song [a dog barking].json",
        "song [a dog barking].wav",
        "song [rest].wav",
    ]
    assert separation.receipt.name == "song [a dog barking].json"


def test_existing_files_are_left_alone(separator, song, tmp_path):
    files = FileRequest(tmp_path / "out")
    first = separate_file(separator, song, Request(["a dog"]), files)
    before = first.stems[0].read_bytes()
    second = separate_file(separator, song, Request(["a dog"], seed=1), files)
    assert first.stems[0].read_bytes() == before
    assert second.stems[0].name == "song [a dog] (2).wav"
    assert second.residual.name == "song [rest] (2).wav"


def test_a_query_named_rest_does_not_collide_with_the_residual(separator, song, tmp_path):
    separation = separate_file(separator, song, Request(["rest"]), FileRequest(tmp_path / "out"))
    assert separation.stems[0] != separation.residual


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("rain/wind", "rain_wind"),
        ("a: b?", "a_ b_"),
        ("..", "_"),
        ("x" * 300, "x" * 80),
        ("naïve 犬", "naïve 犬"),
        ("a\0b", "a_b"),
    ],
)
def test_every_query_gives_a_file_name_valid_on_every_system(query, name):
    assert safe_name(query) == name


def test_a_part_is_written_with_its_time_reference(separator, song, tmp_path):
    span = Span(48_000, 24_000, 48_000)
    separation = separate_file(separator, song, Request(["a dog"]), FileRequest(tmp_path / "out", span=span))
    with open_media(separation.stems[0]) as stem:
        assert stem.frames == 24_000
        assert stem.info.bext.time_reference == 48_000


@pytest.fixture
def loud(tmp_path):
    """A float file of two seconds, whose second one passes full scale by 6 dB."""
    path = tmp_path / "loud.wav"
    samples = noise(2, 96_000) * 2
    samples[:, 60_000] = 2.0, -1.6
    write_clip(path, AudioClip(samples, 48_000), "wav32f")
    return path


@pytest.mark.parametrize("format", ["wav24", "flac24"])
def test_stems_of_a_clip_above_full_scale_are_float_and_sum_to_it(separator, loud, tmp_path, format):
    separation = separate_file(separator, loud, Request(["a dog"]), FileRequest(tmp_path / "out", format))
    clip = sf.read(loud, dtype="float64", always_2d=True)[0].T
    assert np.abs(clip - sum(samples_of(separation))).max() <= 1e-6
    assert {probe(path).subtype for path in (*separation.stems, separation.residual)} == {"FLOAT"}
    assert separation.record["write"] == {"format": "wav32f", "requested": format, "rest": True}
    assert f"where {format} would clip: the files are 32-bit float" in separation.record["notes"][0]


@pytest.mark.parametrize(("channels", "rate", "reason"), [(9, 48_000, "8 channels"), (1, 768_000, "655350 Hz")])
def test_what_flac_cannot_hold_is_refused_before_the_work(tmp_path, channels, rate, reason):
    sf.write(tmp_path / "a.wav", np.zeros((10, channels)), rate, subtype="PCM_24")
    with pytest.raises(MediaError, match=f"FLAC holds at most {reason}"):
        separate_file(None, tmp_path / "a.wav", Request(["a dog"]), FileRequest(tmp_path / "out", "flac24"))


def test_stems_are_float_also_where_the_rest_would_take_what_24_bits_clip(separator, tmp_path):
    samples = noise(1, 48_000)
    samples[:, 20_000] = 1.2
    write_clip(tmp_path / "a.wav", AudioClip(samples, 48_000), "wav32f")
    separation = separate_file(separator, tmp_path / "a.wav", Request(["a dog"]), FileRequest(tmp_path / "out"))
    assert probe(separation.stems[0]).subtype == "FLOAT"


def test_a_format_that_is_to_be_kept_is_clipped_and_the_receipt_says_so(separator, loud, tmp_path):
    files = FileRequest(tmp_path / "out", keep_format=True)
    separation = separate_file(separator, loud, Request(["a dog"]), files)
    assert probe(separation.stems[0]).subtype == "PCM_24"
    assert separation.null_db > -20
    assert "wav24 clips: its files are clipped" in separation.record["notes"][0]


def test_a_float_clip_within_full_scale_has_the_requested_format(separator, loud, tmp_path):
    files = FileRequest(tmp_path / "out", span=Span(0, 59_999, 48_000))
    separation = separate_file(separator, loud, Request(["a dog"]), files)
    assert probe(separation.stems[0]).subtype == "PCM_24"
    assert separation.record["write"] == {"format": "wav24", "rest": True}
    assert separation.null_db < -130


def test_a_rest_that_24_bits_would_clip_makes_all_files_float(separator, song, tmp_path, monkeypatch):
    """A stem may oppose its clip; the rest of an integer clip then passes full scale although the clip does not."""
    blocks = separator.blocks

    def opposing(*arguments, quantise=None, **settings):
        for block in blocks(*arguments, **settings):
            clip = block.stems.sum(axis=0) + block.residual
            stems = np.where(clip > 0, -0.9, 0.9)[None].astype(np.float32)
            yield replace(block, stems=stems, residual=clip - stems[0])

    monkeypatch.setattr(separator, "blocks", opposing)
    out = tmp_path / "out"
    separation = separate_file(separator, song, Request(["a dog"]), FileRequest(out))
    assert probe(separation.residual).subtype == "FLOAT"
    assert separation.null_db < -120
    assert len(list(out.iterdir())) == 3


def test_a_receipt_of_float_stems_repeats_the_same_bytes(separator, loud, tmp_path):
    separation = separate_file(separator, loud, Request(["a dog"]), FileRequest(tmp_path / "out"))
    path, request, files, _ = read_receipt(separation.receipt)
    again = separate_file(separator, path, request, files)
    assert again.stems[0].read_bytes() == separation.stems[0].read_bytes()
    assert again.record["notes"] == separation.record["notes"]


@pytest.fixture
def fading(tmp_path):
    """A float file: a second of noise, one of silence, one of noise at -91 dBFS, in which "echo" hears its query."""
    levels = np.repeat(np.float32([0.5, 0, 7e-5]), 48_000)
    path = tmp_path / "fading.wav"
    write_clip(path, AudioClip(noise(1, 144_000) * levels, 48_000), "wav32f")
    return path


def test_a_stem_that_cannot_be_heard_is_not_found(fading, tmp_path):
    with Separator.open("echo") as echo:
        files = FileRequest(tmp_path / "out", span=Span(96_000, 48_000, 48_000))
        separation = separate_file(echo, fading, Request(["a dog"]), files)
    (stem,) = separation.record["stems"]
    assert (stem["found"], stem["unsure"], stem["present"]) == (False, False, [])
    assert not (separation.presence > 0.5).any()


def test_a_region_in_which_the_stem_cannot_be_heard_is_not_reported(fading, tmp_path):
    with Separator.open("echo") as echo:
        (stem,) = separate_file(echo, fading, Request(["a dog"]), FileRequest(tmp_path / "out")).record["stems"]
        in_memory = echo.separate(fading, ["a dog"])
    ((start, stop, _),) = stem["present"]
    assert start < 0.1
    assert 0.9 < stop < 1.3
    assert not (in_memory.presence[0, 150:] > 0.5).any()


@pytest.fixture
def poly(tmp_path):
    """Four channels of noise, 24 bits."""
    path = tmp_path / "poly.wav"
    write_clip(path, AudioClip(noise(4, 60_000), 48_000), bext=Bext(time_reference=96_000))
    return path


@pytest.mark.parametrize("channels", [(1,), (3, 0), (2, 2)])
def test_stems_of_some_channels_sum_to_those_channels(separator, poly, tmp_path, channels):
    files = FileRequest(tmp_path / "out", channels=channels)
    separation = separate_file(separator, poly, Request(["a dog"]), files)
    clip = sf.read(poly, dtype="float64", always_2d=True)[0].T[list(channels)]
    assert np.abs(clip - sum(samples_of(separation))).max() == 0


def test_a_stem_of_one_channel_is_that_of_a_file_with_this_channel_alone(separator, poly, tmp_path):
    stem = separate_file(separator, poly, Request(["a dog"]), FileRequest(tmp_path / "a", channels=(2,))).stems[0]
    with open_media(poly) as source:
        write_clip(tmp_path / "mono.wav", AudioClip(source.read(0, source.frames)[2:3], 48_000))
    alone = separate_file(separator, tmp_path / "mono.wav", Request(["a dog"]), FileRequest(tmp_path / "b")).stems[0]
    np.testing.assert_array_equal(sf.read(stem)[0], sf.read(alone)[0])


def test_a_stem_of_some_channels_keeps_its_time_stamp(separator, poly, tmp_path):
    files = FileRequest(tmp_path / "out", channels=(1, 0), span=Span(4_800, 24_000, 48_000))
    stem = probe(separate_file(separator, poly, Request(["a dog"]), files).stems[0])
    assert (stem.channels, stem.bext.time_reference) == (2, 100_800)


def test_a_channel_that_the_file_lacks_is_named(separator, poly, tmp_path):
    with pytest.raises(UsageError, match=r"poly\.wav has no channel 5, 7: it has 4"):
        separate_file(separator, poly, Request(["a dog"]), FileRequest(tmp_path / "out", channels=(0, 4, 6)))


@pytest.mark.parametrize("channels", [(), (0, -1)])
def test_channels_that_no_file_has_are_refused(tmp_path, channels):
    with pytest.raises(UsageError, match="at least one number from 0"):
        FileRequest(tmp_path, channels=channels)


def test_a_receipt_repeats_channels_and_notes(separator, poly, tmp_path):
    files = FileRequest(tmp_path / "out", channels=(3, 1), notes=("its 2 plug-ins are not in the stems",))
    separation = separate_file(separator, poly, Request(["a dog"]), files)
    path, request, again, record = read_receipt(separation.receipt)
    assert (again.channels, again.notes, record["input"]["channels"]) == (files.channels, files.notes, 4)
    repeated = separate_file(separator, path, request, again)
    assert repeated.stems[0].read_bytes() == separation.stems[0].read_bytes()


def test_a_receipt_of_all_channels_without_notes_has_no_such_keys(separator, song, tmp_path):
    record = separate_file(separator, song, Request(["a dog"]), FileRequest(tmp_path / "out")).record
    assert "channels" not in record["write"]
    assert "notes" not in record


def test_a_stem_has_the_speakers_of_its_clip(separator, tmp_path):
    path = tmp_path / "lcr.wav"
    with open_writer(path, 48_000, 3, 48_000, channel_mask=0x103) as out:
        out.write(noise(3, 48_000))
    separation = separate_file(separator, path, Request(["a dog"]), FileRequest(tmp_path / "out"))
    assert probe(separation.stems[0]).channel_mask == 0x103


def test_a_part_outside_the_file_is_refused(separator, song, tmp_path):
    with pytest.raises(UsageError, match=r"song\.wav lasts 3\.300 s"):
        separate_file(
            separator, song, Request(["a dog"]), FileRequest(tmp_path / "out", span=Span(480_000, 10, 48_000))
        )


def test_a_receipt_repeats_the_same_bytes(separator, song, tmp_path):
    request = Request(["a dog"], ["rain"], seed=11, steps=3, render=RenderSettings(strength=1.5, reduce_db=9))
    separation = separate_file(
        separator, song, request, FileRequest(tmp_path / "out", "flac24", Span(4_800, 90_000, 48_000))
    )
    path, again, files, _ = read_receipt(separation.receipt)
    assert again == request
    repeated = separate_file(separator, path, again, files)
    assert repeated.stems[0].read_bytes() == separation.stems[0].read_bytes()


def test_a_receipt_records_the_model_and_what_was_found(separator, song, tmp_path):
    record = json.loads(separate_file(separator, song, Request(["a dog"]), FileRequest(tmp_path)).receipt.read_text())
    assert record["model"]["licence"]
    assert len(record["model"]["sha256"]) == 64
    assert record["stems"][0]["query"] == "a dog"
    assert set(record["stems"][0]) >= {"found", "share_db", "peak_db", "present"}


def test_a_receipt_whose_clip_has_changed_is_refused(separator, song, tmp_path, noise_clip):
    separation = separate_file(separator, song, Request(["a dog"]), FileRequest(tmp_path / "out"))
    write_clip(song, noise_clip(1, seed=5), format="wav24")
    with pytest.raises(MediaError, match="has changed"):
        read_receipt(separation.receipt)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 99}', "\ufeff{"])
def test_a_file_other_than_a_receipt_is_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(MediaError, match="not a flowsep receipt"):
        read_receipt(tmp_path / "x.json")


@pytest.mark.parametrize("stage", ["separate", "render"])
def test_a_cancelled_job_leaves_no_file(separator, song, tmp_path, stage):
    def cancel(progress):
        if progress.stage == stage:
            raise Cancelled("stopped")

    out = tmp_path / "out"
    with pytest.raises(Cancelled):
        separate_file(separator, song, Request(["a dog"]), FileRequest(out), cancel)
    assert not out.exists() or not any(out.iterdir())


def test_a_folder_that_cannot_be_created_is_named(separator, song, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(MediaError, match="taken"):
        separate_file(separator, song, Request(["a dog"]), FileRequest(tmp_path / "taken" / "out"))


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match="mp3"):
        FileRequest(tmp_path, "mp3")
