"""Exports of stems: names, formats, handles, padding, time stamps, and failures."""

import errno
import os
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import Cancelled, MediaError, UsageError
from flowsep_plugin.files.export import ExportItem, ExportOptions, plan_export, run_export
from flowsep_plugin.files.patterns import file_name_of, illegal_signs
from flowsep_plugin.files.publish_copy import publish_copy
from flowsep_plugin.media import Bext, probe, quantise24, read_clip, write_clip

RATE = 48_000


@pytest.fixture
def stem(tmp_path, noise_clip):
    """Return the path of a one-second stem, quantised to 24 bits, with a time reference of 10 s after midnight."""
    clip = noise_clip(1.0)
    path = tmp_path / "in" / "yard [dog].wav"
    path.parent.mkdir()
    write_clip(path, AudioClip(quantise24(clip.samples), RATE), bext=Bext(time_reference=10 * RATE))
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def export(item, **options):
    export_options = ExportOptions(**options)
    return run_export(plan_export([item], export_options), export_options)


@pytest.mark.parametrize("format", ["wav24", "wav32f", "flac24"])
def test_24_bit_samples_are_exact_in_every_format(stem, out, format):
    (path,) = export(ExportItem(stem, "yard", "dog"), folder=out, format=format).files
    np.testing.assert_array_equal(read_clip(path).samples, read_clip(stem).samples)
    assert probe(path).bits in (24, 32)


def test_float_samples_within_full_scale_are_rounded_once(tmp_path, out):
    samples = np.array([[0.1, 0.95, -1.0, 0.3]], np.float32)
    write_clip(tmp_path / "soft.wav", AudioClip(samples, RATE), "wav32f")
    result = export(ExportItem(tmp_path / "soft.wav", "soft", "dog"), folder=out)
    assert result.as_float == ()
    np.testing.assert_array_equal(read_clip(result.files[0]).samples, quantise24(samples))


@pytest.fixture
def hot(tmp_path):
    """A stem of 32-bit floats whose last second passes full scale."""
    samples = np.linspace(0, 1.5, 6 * RATE, dtype=np.float32)[None]
    write_clip(tmp_path / "hot.wav", AudioClip(samples, RATE), "wav32f")
    return tmp_path / "hot.wav"


@pytest.mark.parametrize("format", ["wav24", "flac24"])
def test_a_stem_that_passes_full_scale_is_exported_as_floats_and_named(hot, out, format):
    result = export(ExportItem(hot, "hot", "dog"), folder=out, format=format)
    assert result.files == result.as_float == (out / "hot [dog].wav",)
    assert [path.name for path in out.iterdir()] == ["hot [dog].wav"]
    np.testing.assert_array_equal(read_clip(result.files[0]).samples, read_clip(hot).samples)


def test_a_conversion_that_overshoots_full_scale_is_exported_as_floats(tmp_path, out):
    square = np.where(np.arange(RATE) // 40 % 2, 1 - 2.0**-23, -1).astype(np.float32)[None]
    write_clip(tmp_path / "square.wav", AudioClip(square, RATE))
    result = export(ExportItem(tmp_path / "square.wav", "square", "dog"), folder=out, rate=44_100)
    assert probe(result.as_float[0]).subtype == "FLOAT"
    assert np.abs(read_clip(result.as_float[0]).samples).max() > 1


def test_a_float_file_in_place_of_flac_replaces_no_other_wav(hot, out):
    out.mkdir()
    (out / "hot [dog].wav").write_bytes(b"another")
    result = export(ExportItem(hot, "hot", "dog"), folder=out, format="flac24", policy="replace")
    assert [path.name for path in result.as_float] == ["hot [dog] (2).wav"]
    assert (out / "hot [dog].wav").read_bytes() == b"another"


def test_an_export_that_is_cancelled_at_its_float_file_leaves_nothing(hot, out):
    item, options = ExportItem(hot, "hot", "dog"), ExportOptions(out, "flac24")
    with pytest.raises(Cancelled):
        run_export(plan_export([item], options), options, lambda done, whole: done < whole)
    assert not list(out.iterdir())


def test_a_cut_is_written_with_the_handles_that_its_file_allows(stem, out):
    cut = Span(12_000, 24_000, RATE)
    (path,) = export(ExportItem(stem, "yard", "dog", cut=cut), folder=out, handles_seconds=0.3).files
    whole = read_clip(stem).samples
    np.testing.assert_array_equal(read_clip(path).samples, whole[:, 0 : 36_000 + 12_000])
    assert probe(path).bext.time_reference == 10 * RATE
    (path,) = export(ExportItem(stem, "yard", "dog", cut=cut), folder=out, handles_seconds=0.1).files
    np.testing.assert_array_equal(read_clip(path).samples, whole[:, 12_000 - 4_800 : 36_000 + 4_800])
    assert probe(path).bext.time_reference == 10 * RATE + 12_000 - 4_800


def test_padded_files_begin_with_the_session(stem, out):
    item = ExportItem(stem, "yard", "dog", cut=Span(4_800, 4_800, RATE), at=30_000)
    (path,) = export(item, folder=out, padded=True).files
    samples = read_clip(path).samples
    assert samples.shape[1] == 34_800
    assert not samples[:, :30_000].any()
    np.testing.assert_array_equal(samples[:, 30_000:], read_clip(stem).samples[:, 4_800:9_600])
    assert probe(path).bext.time_reference == 10 * RATE + 4_800 - 30_000


def test_padding_of_ten_seconds_is_written(stem, out):
    (path,) = export(ExportItem(stem, "yard", "dog"), folder=out, padded=True).files
    assert probe(path).frames == 11 * RATE


def test_handles_before_the_session_start_are_cut(stem, out):
    item = ExportItem(stem, "yard", "dog", cut=Span(12_000, 4_800, RATE), at=1_000)
    (path,) = export(item, folder=out, padded=True, handles_seconds=0.1).files
    assert probe(path).frames == 1_000 + 4_800 + 4_800


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{clip} [{sound}]", "yard [a dog_ barking]"),
        ("{sound} {take:02}", "a dog_ barking 03"),
        ("{number:03} {track} {clip}", "007 yard"),
        ("{date} {clip}", "2026-01-02 yard"),
        ("a/b: {clip}", "a_b_ yard"),
        ("{{x}} {clip}", "{x} yard"),
    ],
)
def test_a_pattern_is_filled_in(pattern, name):
    file_name = file_name_of(pattern, clip="yard", sound="a dog: barking", take=3, number=7, date="2026-01-02")
    assert file_name == name


@pytest.mark.parametrize("pattern", ["{clip", "{who}", "{clip:02}", "{take:x}", "{clip!r}", "", " . ", "{track}"])
def test_a_pattern_without_a_valid_file_name_is_refused(pattern):
    with pytest.raises(UsageError, match=r"pattern|format"):
        file_name_of(pattern, clip="yard", sound="dog")


def test_the_characters_that_will_be_replaced_are_listed():
    assert illegal_signs("a/b: {clip}?/") == "/:?"


def test_two_stems_of_one_name_get_different_files(stem, out):
    options = ExportOptions(out, pattern="{clip}")
    plan = plan_export([ExportItem(stem, "yard", "dog"), ExportItem(stem, "yard", "cat")], options)
    assert [planned.target.name for planned in plan] == ["yard.wav", "yard (2).wav"]


@pytest.mark.parametrize(("policy", "names"), [("number", 2), ("replace", 1), ("skip", 1)])
def test_an_existing_name_is_numbered_replaced_or_skipped(stem, out, policy, names):
    out.mkdir()
    (out / "yard [dog].wav").write_bytes(b"old")
    result = export(ExportItem(stem, "yard", "dog"), folder=out, policy=policy)
    assert len(list(out.iterdir())) == names
    assert (out / "yard [dog].wav").read_bytes().startswith(b"RIFF" if policy == "replace" else b"old")
    assert len(result.skipped) == (policy == "skip")


def test_a_stem_is_not_written_over_itself(stem):
    with pytest.raises(UsageError, match="the stem itself"):
        export(ExportItem(stem, "yard", "dog"), folder=stem.parent, policy="replace")


def test_a_full_disk_leaves_nothing_new(stem, out, monkeypatch):
    out.mkdir()
    options = ExportOptions(out)
    plan = plan_export([ExportItem(stem, "yard", "dog"), ExportItem(stem, "yard", "cat")], options)
    usage = namedtuple("usage", "total used free")
    calls = []

    def disk_usage(path):
        calls.append(path)
        return usage(10**12, 0, 10**12 if len(calls) == 1 else 10)

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    with pytest.raises(MediaError, match="is full"):
        run_export(plan, options)
    assert list(out.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_an_error(stem, out):
    out.mkdir(mode=0o500)
    with pytest.raises(MediaError, match="cannot be written"):
        export(ExportItem(stem, "yard", "dog"), folder=out)


def test_a_disk_that_became_read_only_is_an_error(stem, out, monkeypatch):
    out.mkdir()
    real = Path.open

    def refuse(path, mode="r", *arguments, **options):
        if "x" in mode:
            raise OSError(errno.EROFS, "Read-only file system")
        return real(path, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MediaError, match="Read-only file system"):
        export(ExportItem(stem, "yard", "dog"), folder=out)


def test_a_folder_that_cannot_be_created_is_an_error(stem, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(MediaError, match="choose another folder"):
        export(ExportItem(stem, "yard", "dog"), folder=tmp_path / "file" / "out")


def test_cancelling_leaves_nothing_new(stem, out):
    options = ExportOptions(out)
    plan = plan_export([ExportItem(stem, "yard", "dog"), ExportItem(stem, "yard", "cat")], options)
    with pytest.raises(Cancelled):
        run_export(plan, options, lambda done, whole: done < whole)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    "options", [{"format": "mp3"}, {"policy": "ask"}, {"handles_seconds": -1}, {"pattern": "{x}"}, {"rate": 8_000}]
)
def test_invalid_options_are_refused(tmp_path, options):
    with pytest.raises(UsageError):
        ExportOptions(tmp_path, **options)


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_another_rate_is_that_of_the_conversion_of_the_whole(stem, out, rate):
    (path,) = export(ExportItem(stem, "yard", "dog"), folder=out, format="wav32f", rate=rate).files
    whole = resample(read_clip(stem).samples, RATE, rate)
    assert probe(path).rate == rate
    assert probe(path).bext.time_reference == 10 * rate
    np.testing.assert_allclose(read_clip(path).samples, whole, atol=1e-6)


def test_the_clips_own_rate_changes_nothing(stem, out):
    (path,) = export(ExportItem(stem, "yard", "dog"), folder=out, rate=RATE).files
    np.testing.assert_array_equal(read_clip(path).samples, read_clip(stem).samples)


def test_padding_and_handles_are_converted_with_the_sound(stem, out):
    item = ExportItem(stem, "yard", "dog", cut=Span(4_800, 4_800, RATE), at=30_000)
    (path,) = export(item, folder=out, padded=True, rate=96_000).files
    samples = read_clip(path).samples
    assert samples.shape[1] == 2 * 34_800
    assert np.abs(samples[:, : 2 * 30_000 - 200]).max() < 1e-4


def test_a_suffix_follows_the_pattern_and_keeps_names_apart(stem, out):
    options = ExportOptions(out)
    plan = plan_export([ExportItem(stem, "yard", "dog"), ExportItem(stem, "yard", "dog", suffix=" [fx]")], options)
    assert [planned.target.name for planned in plan] == ["yard [dog].wav", "yard [dog] [fx].wav"]


def test_a_file_that_is_written_later_is_planned_by_its_length(tmp_path, out):
    item = ExportItem(tmp_path / "later.wav", "yard", "mix", length=Span(0, 1_000, RATE))
    (planned,) = plan_export([item], ExportOptions(out))
    assert planned.frames == 1_000


def test_a_published_copy_is_a_hard_link_to_the_stem(stem, out):
    copy = publish_copy(stem, out)
    assert copy.name == stem.name
    assert copy.samefile(stem)
    assert publish_copy(stem, out) == copy
    assert publish_copy(copy, out) == copy


def test_a_published_copy_survives_a_new_render(stem, out):
    before = stem.read_bytes()
    copy = publish_copy(stem, out)
    write_clip(stem, AudioClip(np.zeros((2, 100), np.float32), RATE), bext=Bext())
    assert copy.read_bytes() == before
    assert publish_copy(stem, out) != copy


def test_a_stem_on_another_disk_is_copied(stem, out, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    copy = publish_copy(stem, out)
    assert copy.read_bytes() == stem.read_bytes()
    assert publish_copy(stem, out) == copy


def test_a_flac_stem_is_published_as_broadcast_wave(stem, out, tmp_path):
    flac = tmp_path / "yard.flac"
    write_clip(flac, read_clip(stem), "flac24", bext=Bext(time_reference=99))
    copy = publish_copy(flac, out)
    info = probe(copy)
    assert (info.container, info.bits, info.bext.time_reference) == ("WAV", 24, 99)
    np.testing.assert_array_equal(read_clip(copy).samples, read_clip(stem).samples)


def test_a_missing_stem_is_an_error(out, tmp_path):
    with pytest.raises(MediaError, match=r"gone\.wav"):
        publish_copy(Path(tmp_path / "gone.wav"), out)
