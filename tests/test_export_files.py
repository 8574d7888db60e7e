"""Stems written out once more: names, formats, handles, silence, time stamps, and what goes wrong."""

import errno
import os
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import Cancelled, MediaError, UsageError
from flowsep_plugin.files.export import ExportItem, ExportOptions, plan_export, run_export
from flowsep_plugin.files.patterns import file_name_of, illegal_signs
from flowsep_plugin.files.publish_copy import publish_copy
from flowsep_plugin.media import Bext, probe, quantise24, read_clip, write_clip

RATE = 48_000


@pytest.fixture
def stem(tmp_path, noise_clip):
    """One second on the 24-bit grid, stamped 10 s after midnight."""
    clip = noise_clip(1.0)
    path = tmp_path / "in" / "yard [dog].wav"
    path.parent.mkdir()
    write_clip(path, AudioClip(quantise24(clip.samples), RATE), bext=Bext(time_reference=10 * RATE))
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def export(item, **options):
    given = ExportOptions(**options)
    return run_export(plan_export([item], given), given)


@pytest.mark.parametrize("format", ["wav24", "wav32f", "flac24"])
def test_24_bits_are_kept_to_the_last_one_in_every_format(stem, out, format):
    (path,) = export(ExportItem(stem, "yard", "dog"), folder=out, format=format).files
    np.testing.assert_array_equal(read_clip(path).samples, read_clip(stem).samples)
    assert probe(path).bits in (24, 32)


def test_float_is_rounded_once_and_what_does_not_fit_is_counted(tmp_path, out):
    samples = np.array([[0.1, 1.5, -2.0, 0.3]], np.float32)
    write_clip(tmp_path / "hot.wav", AudioClip(samples, RATE), "wav32f")
    done = export(ExportItem(tmp_path / "hot.wav", "hot", "dog"), folder=out)
    assert done.clipped == 2
    np.testing.assert_array_equal(read_clip(done.files[0]).samples, quantise24(samples))


def test_a_cut_is_written_with_as_much_handle_as_there_is(stem, out):
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
    heard = read_clip(path).samples
    assert heard.shape[1] == 34_800
    assert not heard[:, :30_000].any()
    np.testing.assert_array_equal(heard[:, 30_000:], read_clip(stem).samples[:, 4_800:9_600])
    assert probe(path).bext.time_reference == 10 * RATE + 4_800 - 30_000


def test_padding_is_long_and_does_not_need_memory_for_it(stem, out):
    (path,) = export(ExportItem(stem, "yard", "dog"), folder=out, padded=True).files
    assert probe(path).frames == 11 * RATE


def test_handles_that_would_begin_before_the_session_are_cut(stem, out):
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
    made = file_name_of(pattern, clip="yard", sound="a dog: barking", take=3, number=7, date="2026-01-02")
    assert made == name


@pytest.mark.parametrize("pattern", ["{clip", "{who}", "{clip:02}", "{take:x}", "{clip!r}", "", " . ", "{track}"])
def test_a_pattern_that_names_no_file_is_refused(pattern):
    with pytest.raises(UsageError, match=r"pattern|format"):
        file_name_of(pattern, clip="yard", sound="dog")


def test_the_signs_that_will_be_replaced_are_told():
    assert illegal_signs("a/b: {clip}?/") == "/:?"


def test_two_stems_of_one_name_stay_apart(stem, out):
    options = ExportOptions(out, pattern="{clip}")
    plan = plan_export([ExportItem(stem, "yard", "dog"), ExportItem(stem, "yard", "cat")], options)
    assert [planned.target.name for planned in plan] == ["yard.wav", "yard (2).wav"]


@pytest.mark.parametrize(("policy", "names"), [("number", 2), ("replace", 1), ("skip", 1)])
def test_a_taken_name_is_numbered_replaced_or_skipped(stem, out, policy, names):
    out.mkdir()
    (out / "yard [dog].wav").write_bytes(b"old")
    done = export(ExportItem(stem, "yard", "dog"), folder=out, policy=policy)
    assert len(list(out.iterdir())) == names
    assert (out / "yard [dog].wav").read_bytes().startswith(b"RIFF" if policy == "replace" else b"old")
    assert len(done.skipped) == (policy == "skip")


def test_a_stem_is_not_written_over_itself(stem):
    with pytest.raises(UsageError, match="the stem itself"):
        export(ExportItem(stem, "yard", "dog"), folder=stem.parent, policy="replace")


def test_a_full_disk_leaves_nothing_new(stem, out, monkeypatch):
    out.mkdir()
    options = ExportOptions(out)
    plan = plan_export([ExportItem(stem, "yard", "dog"), ExportItem(stem, "yard", "cat")], options)
    usage = namedtuple("usage", "total used free")
    seen = []

    def disk_usage(path):
        seen.append(path)
        return usage(10**12, 0, 10**12 if len(seen) == 1 else 10)

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    with pytest.raises(MediaError, match="is full"):
        run_export(plan, options)
    assert list(out.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told(stem, out):
    out.mkdir(mode=0o500)
    with pytest.raises(MediaError, match="cannot be written"):
        export(ExportItem(stem, "yard", "dog"), folder=out)


def test_a_disk_that_became_read_only_is_told(stem, out, monkeypatch):
    out.mkdir()
    real = Path.open

    def refuse(path, mode="r", *more, **named):
        if "x" in mode:
            raise OSError(errno.EROFS, "Read-only file system")
        return real(path, mode, *more, **named)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MediaError, match="Read-only file system"):
        export(ExportItem(stem, "yard", "dog"), folder=out)


def test_a_folder_that_cannot_be_made_is_told(stem, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(MediaError, match="choose another folder"):
        export(ExportItem(stem, "yard", "dog"), folder=tmp_path / "file" / "out")


def test_cancelling_leaves_nothing_new(stem, out):
    options = ExportOptions(out)
    plan = plan_export([ExportItem(stem, "yard", "dog"), ExportItem(stem, "yard", "cat")], options)
    with pytest.raises(Cancelled):
        run_export(plan, options, lambda done, whole: done < whole)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("given", [{"format": "mp3"}, {"policy": "ask"}, {"handles_seconds": -1}, {"pattern": "{x}"}])
def test_options_that_cannot_be_are_refused(tmp_path, given):
    with pytest.raises(UsageError):
        ExportOptions(tmp_path, **given)


def test_a_stem_is_handed_over_under_a_second_name_for_the_same_bytes(stem, out):
    there = publish_copy(stem, out)
    assert there.name == stem.name
    assert there.samefile(stem)
    assert publish_copy(stem, out) == there
    assert publish_copy(there, out) == there


def test_what_is_handed_over_outlives_a_new_render(stem, out):
    before = stem.read_bytes()
    there = publish_copy(stem, out)
    write_clip(stem, AudioClip(np.zeros((2, 100), np.float32), RATE), bext=Bext())
    assert there.read_bytes() == before
    assert publish_copy(stem, out) != there


def test_on_another_disk_it_is_copied(stem, out, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    there = publish_copy(stem, out)
    assert there.read_bytes() == stem.read_bytes()
    assert publish_copy(stem, out) == there


def test_what_is_no_broadcast_wave_becomes_one(stem, out, tmp_path):
    flac = tmp_path / "yard.flac"
    write_clip(flac, read_clip(stem), "flac24", bext=Bext(time_reference=99))
    there = publish_copy(flac, out)
    info = probe(there)
    assert (info.container, info.bits, info.bext.time_reference) == ("WAV", 24, 99)
    np.testing.assert_array_equal(read_clip(there).samples, read_clip(stem).samples)


def test_a_stem_that_is_gone_is_told(out, tmp_path):
    with pytest.raises(MediaError, match=r"gone\.wav"):
        publish_copy(Path(tmp_path / "gone.wav"), out)
