"""Wet stems beside the dry ones: from the shell, in sessions, in Python; the receipt names the chain."""

import csv
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.bridge import FlowSep
from flowsep_plugin.cli import main
from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.effects.stems import apply_effects, wet_path
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.hosts.session import SessionRequest, plan_timeline, separate_session
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.media import read_clip, write_clip
from flowsep_plugin.separate import Separator
from flowsep_plugin.timeline import ClipRef, Timeline, Track
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000
HALF = EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": -20.0}),))
LATE = EffectChain((*HALF.slots, EffectSlot(effect="BrickwallLimiter")))


@pytest.fixture
def chain_file(tmp_path):
    path = tmp_path / "chain.json"
    LATE.save(path)
    return path


@pytest.fixture
def song(tmp_path, noise_clip):
    write_clip(tmp_path / "song.wav", noise_clip(1.5))
    return tmp_path / "song.wav"


@pytest.fixture
def flowsep(capsys):
    """Run a command line; returns (exit code, stdout, stderr)."""

    def run(*arguments):
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return int(caught.value.code or 0), output.out, output.err

    return run


def assert_tenth(wet, dry):
    np.testing.assert_allclose(read_clip(wet).samples, read_clip(dry).samples / 10, atol=2.0**-22)


# --- the command line ------------------------------------------------------------------------------------------------


def test_post_writes_a_wet_stem_beside_each_dry_one(flowsep, song, chain_file):
    code, out, _ = flowsep("separate", song, "-q", "rain", "--model", "echo", "--post", chain_file, "--quiet")
    assert code == 0, out
    folder = song.parent
    assert_tenth(folder / "song [rain] [fx].wav", folder / "song [rain].wav")
    assert not (folder / "song [rest] [fx].wav").exists()
    record = json.loads((folder / "song [rain].json").read_text())
    assert EffectChain.from_json(record["effects"]) == LATE
    assert [(stem["file"], stem["wet"]) for stem in record["stems"]] == [("song [rain].wav", "song [rain] [fx].wav")]
    assert record["null_db"] < -199


def test_the_progress_of_separation_and_effects_never_falls(flowsep, song, chain_file):
    _, out, _ = flowsep("separate", song, "-q", "rain", "-q", "wind", "--model", "echo", "--post", chain_file, "--json")
    events = [json.loads(line) for line in out.splitlines()]
    shares = [event["fraction"] for event in events if event["event"] == "progress"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert [event["stage"] for event in events if event["event"] == "progress"][-1] == "effects"


def test_a_batch_has_wet_stems_and_repeats_none(flowsep, song, chain_file):
    line = (
        "batch",
        song.parent,
        "-q",
        "rain",
        "--model",
        "echo",
        "--post",
        chain_file,
        "--out",
        song.parent / "out",
        "--here",
    )
    code, _, err = flowsep(*line)
    assert code == 0, err
    wet = song.parent / "out/song [rain] [fx].wav"
    assert_tenth(wet, song.parent / "out/song [rain].wav")
    changed = wet.stat().st_mtime_ns
    (row,) = csv.DictReader((song.parent / "out/report.csv").read_text().splitlines())
    assert row["wet"] == str(wet)
    assert flowsep(*line)[0] == 0
    assert wet.stat().st_mtime_ns == changed
    assert sorted(path.name for path in wet.parent.glob("*fx*.wav")) == [wet.name]


def test_again_repeats_the_effects(flowsep, song, chain_file):
    flowsep("separate", song, "-q", "rain", "--model", "echo", "--post", chain_file, "--quiet")
    chain_file.unlink()
    code, _, err = flowsep(
        "separate", "--again", song.parent / "song [rain].json", "--out", song.parent / "b", "--quiet"
    )
    assert code == 0, err
    first, second = (folder / "song [rain] [fx].wav" for folder in (song.parent, song.parent / "b"))
    assert first.read_bytes() == second.read_bytes()


def chain_text(slot):
    return json.dumps({"format": "flowsep effects", "version": 1, "effects": [slot]})


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (chain_text({"effect": "Reverp"}), 2, "did you mean 'Reverb'"),
        (chain_text({"effect": "X", "path": "X.vst3"}), 5, "no such plug-in"),
        ("{", 3, "cannot be read as JSON"),
    ],
)
def test_a_wrong_chain_is_told_before_the_separation(flowsep, song, chain_file, content, code, message):
    chain_file.write_text(content)
    outcome = flowsep("separate", song, "-q", "rain", "--model", "echo", "--post", chain_file, "--quiet")
    assert outcome[0] == code
    assert message in outcome[2]
    assert sorted(path.name for path in song.parent.iterdir() if path.suffix == ".wav") == ["song.wav"]


def test_without_pedalboard_one_line_says_how_to_install_it(flowsep, song, chain_file, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.effects.catalog.find_spec", lambda name: None)
    code, _, err = flowsep("separate", song, "-q", "rain", "--model", "echo", "--post", chain_file, "--quiet")
    assert code == 2
    assert err == "flowsep: effects need Pedalboard; run pip install 'flowsep-plugin[bridge]'\n"


def test_the_catalog_is_listed_and_shown(flowsep):
    code, out, _ = flowsep("effects", "list", "--json")
    assert code == 0
    assert "Reverb" in [info["name"] for info in json.loads(out)["effects"]]
    code, out, _ = flowsep("effects", "show", "LadderFilter")
    assert "cutoff_hz" in out
    assert "20 to 20000 Hz" in out
    chain = EffectChain.from_json(json.loads(out.splitlines()[-1]))
    assert chain.slots[0].effect == "LadderFilter"
    code, _, err = flowsep("effects", "show", "Revreb")
    assert (code, "did you mean 'Reverb'" in err) == (2, True)


def test_a_plugin_that_crashes_is_listed_with_the_reason(flowsep, crashing):
    assert flowsep("effects", "show", crashing)[0] == 5
    code, out, _ = flowsep("effects", "list", "--folder", crashing.parent)
    assert code == 0
    assert f"{crashing}   (it crashed (SIGABRT))" in out


def test_the_command_line_starts_without_effects():
    code = (
        "import sys, flowsep_plugin, flowsep_plugin.cli;"
        "sys.exit(any(name.startswith(('pedalboard', 'flowsep_plugin.effects')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- sessions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def session(song):
    media = probe_media(song)
    clip = ClipRef("c1", "first", media, Span(0, RATE, RATE), Span(RATE, RATE, RATE))
    return Timeline("song", RATE, (Track("t1", "Drums", (clip,), 2),))


def stems_of(timeline):
    return {clip.name: clip.media.path.name for track, clip in timeline.clips() if track.id != "t1"}


def test_the_wet_stem_is_placed_and_the_dry_one_lies_beside_it(session, song):
    request = SessionRequest(Request(["rain"]), model="echo", post=LATE)
    folder = song.parent / "FlowSep"
    placed = separate_session(session, song.parent / "song.rpp", request, LocalRunner(folder))
    names = sorted(path.name for path in placed.files)
    assert names == ["song [rain] [fx].wav", "song [rest].wav"]
    assert_tenth(folder / "song [rain] [fx].wav", folder / "song [rain].wav")
    planned = plan_timeline(session, song.parent / "song.rpp", request)
    assert sorted(stems_of(planned).values()) == sorted(stems_of(placed.timeline).values()) == names


# --- Python ----------------------------------------------------------------------------------------------------------


def test_the_bridge_takes_a_chain_or_its_file(noise_clip, chain_file):
    audio, echo = noise_clip(0.5).samples, Separator.open("echo")
    for post in (LATE, chain_file, str(chain_file)):
        np.testing.assert_allclose(FlowSep("rain", separator=echo, post=post)(audio, RATE), audio / 10, atol=1e-6)


def test_the_bridge_keeps_an_echo_that_is_intended(noise_clip):
    echo_only = EffectChain((EffectSlot(effect="Delay", parameters={"delay_seconds": 0.1, "mix": 1.0}),))
    audio = noise_clip(0.5).samples
    stem = FlowSep("rain", separator=Separator.open("echo"), post=echo_only)(audio, RATE)
    np.testing.assert_allclose(stem[:, 4800:], audio[:, :-4800], atol=1e-5)


def test_the_bridge_runs_chains_on_files(song, tmp_path):
    FlowSep("rain", separator=Separator.open("echo"), pre=HALF, post=HALF).process_file(song, tmp_path / "rain.wav")
    np.testing.assert_allclose(read_clip(tmp_path / "rain.wav").samples, read_clip(song).samples / 100, atol=2.0**-22)


def test_a_file_is_written_through_a_chain_file(song, chain_file, tmp_path):
    apply_effects(chain_file, song, tmp_path / "wet.wav")
    assert_tenth(tmp_path / "wet.wav", song)


def test_the_bridge_refuses_a_chain_that_does_not_fit():
    with pytest.raises(UsageError, match="no parameter 'gain'"):
        FlowSep("rain", post=EffectChain((EffectSlot(effect="Gain", parameters={"gain": 1.0}),)))


def test_an_older_wet_file_is_not_replaced(tmp_path):
    (tmp_path / "a [fx].wav").touch()
    assert wet_path(tmp_path / "a.wav").name == "a [fx] (2).wav"
    assert wet_path(tmp_path / "a.wav", overwrite=True).name == "a [fx].wav"


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_crash_at_the_second_stem_leaves_the_dry_files_and_no_wet_one(host, tmp_path, noise_clip):
    from flowsep_plugin.effects.stems import add_wet_stems
    from flowsep_plugin.errors import EffectError

    stems = [tmp_path / f"{name}.wav" for name in "ab"]
    for stem in stems:
        write_clip(stem, AudioClip(noise_clip(3.0).samples, RATE))
    receipt = tmp_path / "a.json"
    receipt.write_text("{}")
    record = {"stems": [{"query": "a", "file": "a.wav"}, {"query": "b", "file": "b.wav"}]}

    def kill_at_the_second(progress):
        if progress.done > 3 * RATE:
            os.kill(host.pid, signal.SIGKILL)

    with pytest.raises(EffectError):
        add_wet_stems(host, HALF, stems, receipt, record, progress=kill_at_the_second)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.json", "a.wav", "b.wav"]
    assert receipt.read_text() == "{}"
    wet = add_wet_stems(host, HALF, [stems[0], None], receipt, record)
    assert [path and path.name for path in wet.files] == ["a [fx].wav", None]
