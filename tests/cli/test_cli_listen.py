"""`flowsep listen`, `separate --found`, `batch --found` and `batch --find`."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.media import write_clip

COURTYARD = Path(__file__).parents[2] / "examples" / "clips" / "courtyard.flac"


@pytest.fixture
def silence(tmp_path):
    path = tmp_path / "silence.wav"
    write_clip(path, AudioClip(np.zeros((1, 48_000), np.float32), 48_000), format="wav24")
    return path


@pytest.fixture
def sounds(tmp_path, silence):
    """A folder with a dog and with silence."""
    folder = tmp_path / "sounds"
    folder.mkdir()
    shutil.copyfile(COURTYARD, folder / "dog.flac")
    shutil.copyfile(silence, folder / "silence.wav")
    return folder


def test_sounds_are_listed_with_places_level_and_certainty(flowsep):
    outcome = flowsep("listen", COURTYARD, "--top", 3, "--quiet")
    assert outcome.code == 0, outcome.err
    title, *lines = outcome.out.splitlines()
    assert title == "courtyard.flac (12 s)"
    assert 1 <= len(lines) <= 3
    assert all("dBFS" in line and " s" in line for line in lines)
    assert any("dog" in line and ("sure" in line or "likely" in line) for line in lines)


def test_json_has_one_object_a_file_and_goes_on_after_a_bad_one(flowsep, silence, tmp_path):
    outcome = flowsep("listen", COURTYARD, tmp_path / "missing.wav", silence, "--json")
    heard, missing, nothing = outcome.events
    assert outcome.code == 3
    assert heard["input"] == str(COURTYARD)
    assert heard["seconds"] == 12.0
    assert {"caption", "chip", "class", "sure", "certainty", "level_db", "spans"} <= heard["sounds"][0].keys()
    assert missing["error"] == "MediaError"
    assert missing["exit_code"] == 3
    assert (nothing["silent"], nothing["sounds"]) == (True, [])


def test_of_silence_it_says_that_nothing_is_heard(flowsep, silence):
    outcome = flowsep("listen", silence)
    assert (outcome.code, outcome.out) == (0, "silence.wav (1.0 s): nothing is heard, it is silent\n")


def test_the_clips_of_a_session_are_heard_on_its_timeline(flowsep, tmp_path):
    shutil.copyfile(COURTYARD, tmp_path / "dog.flac")
    item = (
        "    <ITEM\n      POSITION {at}\n      LENGTH 4\n      SOFFS 7\n      MUTE {mute}\n      NAME {name}\n"
        '      <SOURCE FLAC\n        FILE "dog.flac"\n      >\n    >\n'
    )
    items = item.format(at=100, mute="0 0", name="loud") + item.format(at=200, mute="1 0", name="off")
    session = tmp_path / "song.rpp"
    session.write_text(
        f'<REAPER_PROJECT 0.1 "7.0" 1\n  SAMPLERATE 48000 0 0\n  <TRACK {{A}}\n    NAME Yard\n{items}  >\n>\n'
    )
    (outcome,) = flowsep("listen", session, "--json").events
    loud, muted = outcome["clips"]
    dog = next(sound for sound in loud["sounds"] if "dog" in sound["caption"])
    assert all(100 <= start < end <= 104 for start, end in dog["session_seconds"])
    assert all(7 * 48_000 <= start <= 11 * 48_000 for start, _, _ in dog["spans"])
    assert muted["why_not"] == "is muted"
    text = flowsep("listen", session, "--quiet")
    assert "'Yard' 'off': not listened to, it is muted" in text.out
    assert flowsep("listen", session, "--stream", "1").code == 2


def test_a_model_that_cannot_listen_is_named(flowsep):
    outcome = flowsep("listen", COURTYARD, "--model", "echo")
    assert outcome.code == 3
    assert "echo cannot listen; use flowsep-base (--model NAME)" in outcome.err


def test_what_is_heard_is_separated_and_in_the_receipt(flowsep, tmp_path):
    outcome = flowsep("separate", COURTYARD, "--found", "1", "--start", 7, "--end", 10, "--json", "--out", tmp_path)
    assert outcome.code == 0, outcome.err
    receipt = outcome.events[-1]["receipt"]
    (query,) = receipt["request"]["queries"]
    assert "dog" in query
    assert {"event": "note", "text": f"heard: {query}"} in outcome.events
    assert (tmp_path / f"courtyard [{query}].wav").is_file()


def test_found_without_a_number_is_three_and_of_silence_nothing(flowsep, silence, tmp_path):
    outcome = flowsep("separate", silence, "--found", "--out", tmp_path)
    assert outcome.code == 2
    assert "silence.wav: nothing is heard in it, it is silent; name a sound (--query SOUND)" in outcome.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--found", "0"], "1 to 16"),
        (["--found", "-q", "rain"], "--found and --query cannot be combined"),
        (["--found", "--for", "rain: strength=2"], "--found and --for cannot be combined"),
    ],
)
def test_found_refuses_what_contradicts_it(flowsep, options, message):
    outcome = flowsep("separate", COURTYARD, *options)
    assert outcome.code == 2
    assert message in outcome.err


def test_a_library_is_searched_without_separating(flowsep, sounds, tmp_path):
    report = tmp_path / "report.csv"
    outcome = flowsep("batch", sounds, "--find", "a dog", "--report", report)
    assert outcome.code == 0, outcome.err
    assert "dog.flac: a dog, " in outcome.out
    assert "a dog: heard in 1 of 2 files" in outcome.out
    with report.open(newline="") as file:
        found, absent = csv.DictReader(file)
    assert found["state"] in ("sure", "likely", "maybe")
    assert found["places"]
    assert (absent["input"], absent["state"]) == ("silence.wav", "not found")
    assert sorted(path.name for path in sounds.iterdir()) == ["dog.flac", "silence.wav"]


def test_a_search_as_json_reports_every_file_and_the_bad_one(flowsep, sounds):
    (sounds / "bad.wav").write_bytes(b"RIFF")
    outcome = flowsep("batch", sounds, "--find", "a dog", "--json")
    *searched, report = outcome.events
    assert outcome.code == 3
    assert [event["file"] for event in searched] == ["bad.wav", "dog.flac", "silence.wav"]
    assert searched[0]["error"]
    assert [row["state"] == "failed" for row in report["rows"]] == [True, False, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--find", "asdf qwer"], "far from every sound"),
        (["--find", "a dog", "--out", "x"], "drop --out"),
        (["--find", "a dog", "-q", "rain", "--here"], "drop --query, --here"),
        (["--find", "a dog", "--report", "x.txt"], "must end in .csv or .json"),
    ],
)
def test_a_search_refuses_what_it_cannot_do(flowsep, sounds, options, message):
    outcome = flowsep("batch", sounds, *options)
    assert outcome.code == 2
    assert message in outcome.err


def test_a_library_is_separated_into_what_is_heard_in_each_file(flowsep, sounds, tmp_path):
    out = tmp_path / "out"
    shutil.copyfile(COURTYARD, sounds / "dog.flac")
    outcome = flowsep("batch", sounds, "--found", "1", "--out", out, "--here", "--draft", "--json")
    assert outcome.code == 0, outcome.err
    rows = {row["input"]: row for row in outcome.events[-1]["rows"]}
    assert "dog" in rows["dog.flac"]["query"]
    assert rows["silence.wav"] == {"input": "silence.wav", "state": "nothing heard"}
    assert json.loads((out / f"dog [{rows['dog.flac']['query']}].json").read_text())["request"]["queries"]
    assert "left out: silence.wav: nothing is heard" in outcome.err
