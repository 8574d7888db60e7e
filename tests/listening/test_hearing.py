"""`Listener`: what the built-in model hears in a real recording, and what it promises of any."""

import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest

from flowsep_plugin import AudioClip, BundleError, Cancelled, MediaError, UsageError
from flowsep_plugin.listening import Heard, HeardSound, Listener, caption_table

HOP = 23_040
"""Frames of 48 kHz between patches, 0.48 s."""


def test_a_real_dog_is_heard_where_it_barks(listener, courtyard):
    heard = listener.listen(courtyard)
    assert heard.seconds == 12.0
    dog = next(sound for sound in heard if "dog" in sound.caption)
    assert dog.certainty in ("sure", "likely")
    assert dog.caption in heard.queries(3)
    assert all(0 <= span.start < span.stop <= courtyard.frames for span in dog.spans)
    assert -40 < dog.level_db < -10


def test_no_caption_is_shown_beside_a_more_general_one(listener, courtyard):
    heard = listener.listen(courtyard)
    names = {sound.class_name for sound in heard}
    assert all(names.isdisjoint(caption_table()[name].more_general) for name in names)
    assert [sound.sure for sound in heard] == sorted((sound.sure for sound in heard), reverse=True)


def test_top_takes_the_surest(listener, courtyard):
    assert listener.listen(courtyard, top=1).captions == listener.listen(courtyard).captions[:1]


def test_a_later_start_moves_the_spans_and_changes_nothing_else(listener, courtyard):
    heard = listener.listen(courtyard)
    moved = listener.listen(AudioClip(courtyard.samples, courtyard.rate, courtyard.start + 5 * HOP))
    assert [sound.sure for sound in moved] == [sound.sure for sound in heard]
    for one, other in zip(heard, moved, strict=True):
        assert other.spans == tuple(span.moved(5 * HOP) for span in one.spans)


def test_gain_changes_the_level_alone(listener, courtyard):
    heard = listener.listen(courtyard)
    quieter = listener.listen(AudioClip(courtyard.samples / 4, courtyard.rate))
    assert quieter.captions == heard.captions
    for one, other in zip(heard, quieter, strict=True):
        assert other.spans == one.spans
        assert one.level_db - other.level_db == pytest.approx(20 * np.log10(4), abs=0.01)


def test_a_file_is_heard_as_its_clip(listener, courtyard, tmp_path):
    from flowsep_plugin import write_clip

    write_clip(tmp_path / "a.wav", courtyard, format="wav32f")
    assert listener.listen(tmp_path / "a.wav").as_json() == listener.listen(courtyard).as_json()


def test_in_silence_nothing_is_heard(listener):
    heard = listener.listen(AudioClip(np.zeros((2, 96_000), np.float32), 48_000))
    assert heard == Heard((), 2.0, is_silent=True)
    assert not listener.label(AudioClip(np.zeros((1, 4_000), np.float32), 8_000)).sounds


def test_progress_counts_up_and_can_cancel(listener, noise_clip):
    steps = []
    listener.listen(noise_clip(65.0, rate=16_000, channels=1), progress=steps.append)
    assert [step.stage for step in steps] == ["listen"] * 3
    assert steps[-1].fraction == 1.0
    assert steps[0].eta_seconds is not None

    def stop(progress):
        raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        listener.listen(noise_clip(1.0), progress=stop)


def test_an_example_has_nearest_captions_however_unsure(listener, courtyard, noise_clip):
    bark = courtyard.cut(round(7.5 * 48_000), round(9.3 * 48_000))
    labels = listener.label(bark)
    assert len(labels) == 3
    assert any("dog" in caption for caption in labels.captions)
    assert labels.sounds[0].spans == (bark.span,)
    assert len(listener.label(noise_clip(0.3), top=5)) == 5


def test_a_query_is_found_where_its_sound_is(listener, courtyard):
    dog, siren = listener.find(courtyard, ["a dog", "a siren"])
    assert dog.sound is not None
    assert dog.sound.caption == "a dog"
    assert "Dog" in dog.nearest.labels
    assert siren.sound is None


def test_nonsense_is_far_from_everything_and_found_nowhere(listener, courtyard):
    (nonsense,) = listener.find(courtyard, ["asdf qwer"])
    assert nonsense.nearest.is_far
    assert nonsense.sound is None


@dataclass
class Endless:
    """Noise that is made when it is read."""

    frames: int
    rate: int = 16_000
    channels: int = 1

    def read(self, start, stop):
        return np.random.default_rng(abs(start)).standard_normal((1, stop - start)).astype(np.float32) * 0.1


def test_ten_minutes_need_no_more_memory_than_one(listener):
    peaks = []
    for minutes in (1, 1, 10):
        tracemalloc.start()
        listener.listen(Endless(minutes * 60 * 16_000))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.1 * peaks[1]


def test_wrong_use_and_bad_input_are_refused(listener, tmp_path, courtyard):
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(MediaError):
        listener.listen(tmp_path / "broken.wav")
    with pytest.raises(MediaError):
        listener.listen(tmp_path / "missing.wav")
    with pytest.raises(UsageError, match="top must be 1 or more; got 0"):
        listener.listen(courtyard, top=0)
    with pytest.raises(UsageError, match="nothing to find"):
        listener.find(courtyard, [" "])
    bad = np.zeros((1, 16_000), np.float32)
    bad[0, 100] = 1e35
    with pytest.raises(MediaError, match="frame 100"):
        listener.listen(AudioClip(bad, 16_000))


def test_a_model_that_cannot_listen_says_so(single):
    with pytest.raises(BundleError, match="echo cannot listen"):
        Listener.open("echo")
    with pytest.raises(BundleError, match="cannot listen"):
        Listener.open(single)


def test_a_bundle_with_classes_of_its_own_is_heard_by_their_names(pocket):
    with Listener.open(pocket.parent / "choosing", "cpu", threads=1) as listener:
        labels = listener.label(AudioClip(np.full((1, 16_000), 0.1, np.float32), 16_000))
    assert all(caption.startswith("class ") for caption in labels.captions)


def test_what_is_maybe_there_is_no_query():
    sounds = [
        HeardSound(caption=name, chip=name, class_name=name, spans=(), level_db=-20.0, sure=sure)
        for name, sure in (("rain", 0.9), ("wind", 0.4), ("a dog", 0.1))
    ]
    heard = Heard(tuple(sounds), 1.0)
    assert [sound.certainty for sound in heard] == ["sure", "likely", "maybe"]
    assert heard.queries(5) == ("rain", "wind")
    assert heard.queries(1) == ("rain",)
