"""Prints: stems written through their lanes' effects beside the dry ones, and found again."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flowsep_ui.studio.prints import LanePrint, find_print, key_of, printed_files, publish_print, write_print

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.errors import Cancelled, MediaError
from flowsep_plugin.media import Bext, open_media, open_writer, probe, read_clip, write_clip
from flowsep_plugin.progress import ProgressMeter, ignore

RATE = 48_000
CHAIN = EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": 12.0}),))


class LouderRenderer:
    """Writes every file four times as loud, in blocks, and counts its calls."""

    def __init__(self):
        self.calls = 0

    def render_file(self, chain, source, destination, progress):
        self.calls += 1
        with (
            open_media(source) as dry,
            open_writer(destination, dry.rate, dry.channels, dry.frames, "wav32f") as out,
        ):
            meter = ProgressMeter(progress, "render", dry.frames)
            for first in range(0, dry.frames, 4096):
                stop = min(first + 4096, dry.frames)
                out.write(4 * dry.read(first, stop))
                meter.tick(stop - first)


@pytest.fixture
def renderer():
    return LouderRenderer()


@pytest.fixture
def stem(tmp_path):
    path = tmp_path / "FlowSep" / "yard [a dog].wav"
    path.parent.mkdir()
    samples = np.random.default_rng(3).uniform(-0.6, 0.6, (2, RATE)).astype(np.float32)
    write_clip(path, AudioClip(samples, RATE), bext=Bext(time_reference=3600 * RATE, coding_history="A=PCM\r\n"))
    return path


@pytest.fixture
def one(stem):
    return LanePrint("lane", stem, CHAIN)


def test_a_print_is_the_wet_sound_in_place_of_the_dry_one(one, stem, tmp_path, renderer):
    before = stem.read_bytes()
    wet = publish_print(write_print(one, tmp_path / "cache", renderer, ignore), stem.parent)
    assert wet == stem.parent / "yard [a dog] [fx].wav"
    assert np.array_equal(read_clip(wet).samples, 4 * read_clip(stem).samples)
    assert probe(wet).bext.time_reference == probe(stem).bext.time_reference
    assert stem.read_bytes() == before


def test_its_history_names_the_effects(one, tmp_path, renderer):
    wet = write_print(one, tmp_path / "cache", renderer, ignore)
    *_, line = probe(wet).bext.coding_history.strip().split("\r\n")
    assert "Gain" in line
    assert key_of(wet) == one.key


def test_an_equal_print_is_not_made_again(one, tmp_path, renderer):
    cache = tmp_path / "cache"
    assert write_print(one, cache, renderer, ignore) == write_print(one, cache, renderer, ignore)
    assert renderer.calls == 1


def test_a_print_beside_the_stem_is_found_after_a_restart(one, stem, tmp_path, renderer):
    cache = tmp_path / "cache"
    wet = publish_print(write_print(one, cache, renderer, ignore), stem.parent)
    shutil.rmtree(cache)
    assert find_print(one, cache) == wet
    assert printed_files([one], cache) == {stem: wet}


def test_a_print_of_another_chain_lies_beside_the_first(one, stem, tmp_path, renderer):
    cache = tmp_path / "cache"
    first = publish_print(write_print(one, cache, renderer, ignore), stem.parent)
    other = replace(one, chain=EffectChain((*CHAIN.slots, EffectSlot(effect="Invert"))))
    assert find_print(other, cache) is None
    second = publish_print(write_print(other, cache, renderer, ignore), stem.parent)
    assert second.name == "yard [a dog] [fx] (2).wav"
    assert key_of(first) == one.key


def test_a_stem_that_was_written_again_is_printed_again(one, stem, tmp_path, renderer):
    write_print(one, tmp_path / "cache", renderer, ignore)
    write_clip(stem, AudioClip(np.zeros((2, RATE), np.float32), RATE))
    assert find_print(one, tmp_path / "cache") is None


def test_bypassed_slots_and_their_order_are_no_part_of_a_key(one):
    bypassed = EffectSlot(effect="Reverb", enabled=False)
    assert replace(one, chain=EffectChain((bypassed, *CHAIN.slots))).key == one.key


def test_the_gain_of_a_lane_is_printed_where_it_is_wanted(one, stem, tmp_path, renderer):
    louder = write_print(replace(one, gain_db=-20.0), tmp_path / "cache", renderer, ignore)
    assert np.allclose(read_clip(louder).samples, 0.4 * read_clip(stem).samples, atol=1e-6)
    dry = write_print(LanePrint("lane", stem, EffectChain(), -20.0), tmp_path / "cache", renderer, ignore)
    assert np.allclose(read_clip(dry).samples, 0.1 * read_clip(stem).samples, atol=1e-6)
    assert renderer.calls == 1


def test_a_cancelled_print_leaves_nothing(one, tmp_path, renderer):
    def stop(progress):
        if progress.fraction > 0.5:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        write_print(one, tmp_path / "cache", renderer, stop)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_the_cache_holds_two_prints_of_a_stem(one, tmp_path, renderer):
    cache = tmp_path / "cache"
    for drive in (1.0, 2.0, 3.0):
        slot = EffectSlot(effect="Gain", parameters={"gain_db": drive})
        write_print(replace(one, chain=EffectChain((slot,))), cache, renderer, ignore)
    assert len(list(cache.rglob("*.wav"))) == 2


def test_a_stem_that_was_removed_cannot_be_printed(one, tmp_path, renderer):
    one.source.unlink()
    assert find_print(one, tmp_path) is None
    with pytest.raises(MediaError, match="a dog"):
        write_print(one, tmp_path, renderer, ignore)


def test_a_missing_file_has_no_key(tmp_path):
    assert key_of(Path(tmp_path / "none.wav")) is None
