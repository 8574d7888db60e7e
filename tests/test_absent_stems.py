"""Stems of sounds that are not found: written, or left out so that their share stays in the rest."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from typer.testing import CliRunner

from flowsep_plugin import FileRequest, Request, Separator
from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.cli import app
from flowsep_plugin.engine.card import PresenceRule
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import read_receipt, separate_file
from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.store.publish import plan
from flowsep_plugin.media import write_clip

QUERIES = ["a dog", "rain", "wind"]


@pytest.fixture
def song(tmp_path, noise_clip):
    return write_clip(tmp_path / "song.wav", noise_clip(1, rate=16_000)) or tmp_path / "song.wav"


class Deaf(Separator):
    """An echo model to which the queries in `absent` have no energy."""

    absent: tuple[str, ...] = ()

    def estimate(self, *arguments, **options):
        estimate = super().estimate(*arguments, **options)
        energy = estimate.energy.copy()
        for index, query in enumerate(estimate.queries):
            if query in self.absent:
                energy[index] = 0
        return replace(estimate, energy=energy, presence_rule=PresenceRule())


@pytest.fixture
def deaf_to_rain():
    with Deaf.open("echo") as separator:
        separator.absent = ("rain",)
        yield separator


def samples(path):
    return sf.read(path, dtype="float64", always_2d=True)[0].T


@pytest.mark.parametrize("format", ["wav24", "flac24", "wav32f"])
def test_a_sound_that_is_not_found_stays_in_the_rest_and_the_files_null_exactly(deaf_to_rain, song, tmp_path, format):
    files = FileRequest(tmp_path / "out", format, absent="leave_out")
    separation = separate_file(deaf_to_rain, song, Request(QUERIES), files)
    assert [path is not None for path in separation.stems] == [True, False, True]
    total = sum(samples(path) for path in (*filter(None, separation.stems), separation.residual))
    np.testing.assert_array_equal(total, samples(song))
    assert separation.null_db == -200
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_the_other_stems_are_those_of_a_separation_that_writes_all(deaf_to_rain, song, tmp_path):
    request = Request(QUERIES)
    everything = separate_file(deaf_to_rain, song, request, FileRequest(tmp_path / "a"))
    without = separate_file(deaf_to_rain, song, request, FileRequest(tmp_path / "b", absent="leave_out"))
    for index in (0, 2):
        assert everything.stems[index].read_bytes() == without.stems[index].read_bytes()


def test_the_receipt_names_the_sound_without_a_file_and_repeats_it(deaf_to_rain, song, tmp_path):
    files = FileRequest(tmp_path / "out", absent="leave_out")
    first = separate_file(deaf_to_rain, song, Request(QUERIES), files)
    record = json.loads(first.receipt.read_text())
    assert [stem["file"] for stem in record["stems"]] == ["song [a dog].wav", None, "song [wind].wav"]
    absent = record["stems"][1]
    assert (absent["query"], absent["found"], absent["peak_db"], absent["present"]) == ("rain", False, None, [])
    source, request, again, _ = read_receipt(first.receipt)
    assert again.absent == "leave_out"
    repeated = separate_file(deaf_to_rain, source, request, again)
    assert [path is None for path in repeated.stems] == [False, True, False]


def test_a_sound_that_is_kept_is_written_all_the_same(deaf_to_rain, song, tmp_path):
    files = FileRequest(tmp_path / "out", absent="leave_out", keep_absent=("RAIN",))
    separation = separate_file(deaf_to_rain, song, Request(QUERIES), files)
    assert None not in separation.stems
    assert read_receipt(separation.receipt)[2].keep_absent == ("RAIN",)


def test_a_stem_that_turns_out_silent_is_left_out_and_its_file_is_gone(tmp_path):
    write_clip(tmp_path / "quiet.wav", AudioClip(np.full((1, 16_000), 1e-6, np.float32), 16_000))
    files = FileRequest(tmp_path / "out", "wav32f", absent="leave_out")
    with Separator.open("echo") as echo:
        separation = separate_file(echo, tmp_path / "quiet.wav", Request(QUERIES), files)
    assert separation.stems == (None, None, None)
    np.testing.assert_array_equal(samples(separation.residual), samples(tmp_path / "quiet.wav"))
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".json", ".wav"}
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_name_that_only_an_absent_sound_would_take_is_free(deaf_to_rain, song, tmp_path):
    (tmp_path / "song [rain].wav").write_bytes(b"another file")
    separation = separate_file(deaf_to_rain, song, Request(QUERIES), FileRequest(tmp_path, absent="leave_out"))
    assert separation.stems[0].name == "song [a dog].wav"
    assert (tmp_path / "song [rain].wav").read_bytes() == b"another file"


def test_a_job_has_null_in_place_of_the_stem_and_of_its_loudness(deaf_to_rain, song, tmp_path):
    files = FileRequest(tmp_path / "out", absent="leave_out")
    spec = JobSpec(song, Request(QUERIES), files, loudness=True)
    (staging := tmp_path / "staging").mkdir()
    output = run_job(deaf_to_rain, spec, staging)
    result, moves = plan(spec, staging, output)
    out = tmp_path / "out"
    assert result["stems"] == [str(out / "song [a dog].wav"), None, str(out / "song [wind].wav")]
    assert result["rest"] == str(out / "song [rest].wav")
    assert [loud is None for loud in result["loudness"]] == [False, True, False, False]
    assert len(moves) == 4


def test_the_policy_passes_through_json_and_old_jobs_keep_their_address():
    plain = JobSpec(Path("/clips/a.wav"), Request(QUERIES), FileRequest(Path("/stems")))
    assert not {"absent", "keep_absent"} & set(plain.as_json())
    spec = replace(plain, files=replace(plain.files, absent="leave_out", keep_absent=("rain",)))
    assert JobSpec.from_json(json.loads(json.dumps(spec.as_json()))) == spec
    assert spec.job_id("c", "m") != plain.job_id("c", "m")
    assert spec.estimate_key("c", "m") == plain.estimate_key("c", "m")


def test_an_unknown_policy_is_refused():
    with pytest.raises(UsageError, match="absent must be write or leave_out; got 'drop'"):
        FileRequest(Path("x"), absent="drop")


def test_the_command_line_writes_all_stems_unless_it_is_told_to_leave_absent_ones_out(tmp_path):
    quiet = tmp_path / "quiet.wav"
    write_clip(quiet, AudioClip(np.zeros((1, 16_000), np.float32), 16_000))
    command = ["separate", str(quiet), "-q", "rain", "--model", "echo"]
    assert "its stem is silent" in CliRunner().invoke(app, command).output
    assert (tmp_path / "quiet [rain].wav").exists()
    result = CliRunner().invoke(app, [*command, "--absent", "leave-out", "--out", str(tmp_path / "out")])
    assert "not found: it gets no file" in result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["quiet [rain].json", "quiet [rest].wav"]
    refused = CliRunner().invoke(app, [*command, "--absent", "drop"])
    assert (refused.exit_code, "--absent must be write or leave-out; got 'drop'" in refused.output) == (2, True)
