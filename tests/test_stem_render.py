"""Render settings of single queries: in requests, jobs, receipts, manifests, on the command line, and in the audio."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flowsep_plugin import FileRequest, RenderSettings, Request, Separator
from flowsep_plugin.bridge import FlowSep
from flowsep_plugin.cli import app
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import read_receipt, separate_file
from flowsep_plugin.jobs.batch.manifest import manifest_items
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import write_clip

STRONG, SOFT = RenderSettings(strength=2.5), RenderSettings(strength=0.5, reduce_db=12.0, gate=0.25)
QUERIES = ("a dog", "rain", "wind")
settings = st.builds(
    RenderSettings,
    mode=st.sampled_from(["mask", "generated", "hybrid"]),
    strength=st.floats(0.25, 4),
    reduce_db=st.none() | st.floats(0.5, 120),
    gate=st.floats(0, 1),
)
each_own = st.lists(st.none() | settings, min_size=3, max_size=3)


@pytest.fixture(scope="module")
def pocket_separator():
    with Separator.open(Path(__file__).parent / "pocket" / "bundle", "cpu") as separator:
        yield separator


def job(request: Request) -> JobSpec:
    return JobSpec(Path("/clips/a.wav"), request, FileRequest(Path("/stems")))


@given(settings, each_own)
def test_a_query_without_settings_of_its_own_has_the_common_ones(common, own):
    request = Request(QUERIES, ["speech"], render=common, stem_render=own)
    expected = tuple(each or common for each in own)
    assert tuple(request.render_of(index) for index in range(3)) == expected
    assert request.all_render == (*expected, common)
    assert request.needs_vocoder == any(each.mode != "mask" for each in expected)


@given(settings, each_own)
def test_settings_of_single_queries_pass_through_json(common, own):
    request = Request(QUERIES, render=common, stem_render=own)
    again = Request.from_json(json.loads(json.dumps(request.as_json())))
    assert again.all_render == request.all_render
    assert job(again).job_id("c", "m") == job(request).job_id("c", "m")


@given(settings, each_own)
def test_an_estimate_depends_on_no_setting_except_whether_a_stem_is_generated(common, own):
    request = Request(QUERIES, render=common, stem_render=own)
    mode = "generated" if request.needs_vocoder else "mask"
    plain = Request(QUERIES, render=RenderSettings(mode))
    assert job(request).estimate_key("c", "m") == job(plain).estimate_key("c", "m")


@given(settings)
def test_settings_that_are_equal_to_the_common_ones_keep_the_jobs_address(common):
    plain = Request(QUERIES, render=common)
    assert "stem_render" not in plain.as_json()
    same = job(replace(plain, stem_render=[common, None, common]))
    assert same.job_id("c", "m") == job(plain).job_id("c", "m")


def test_settings_of_their_own_give_a_job_another_address():
    assert job(Request(QUERIES, stem_render=[None, SOFT, None])).job_id("c", "m") != job(Request(QUERIES)).job_id(
        "c", "m"
    )


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([STRONG], "stem_render has 1 entries for 3 queries; give one for each query"),
        ([None, 2.0, None], "an entry of stem_render must be RenderSettings or None; got 2.0"),
        (2.0, "stem_render must be a list of RenderSettings and None; got 2.0"),
    ],
)
def test_settings_that_do_not_fit_the_queries_are_refused(own, message):
    with pytest.raises(UsageError) as refused:
        Request(QUERIES, stem_render=own)
    assert str(refused.value) == message


def test_in_python_settings_are_named_by_their_query(pocket_separator, noise_clip):
    own = {"A  DOG": STRONG}
    assert FlowSep("a dog", "rain", separator=pocket_separator, stem_render=own).request.stem_render == (STRONG, None)
    with pytest.raises(UsageError, match="settings for 'cat', which is not one of the queries 'a dog'"):
        pocket_separator.separate(noise_clip(0.2), "a dog", stem_render={"cat": STRONG})


def test_equal_settings_of_all_queries_give_the_bytes_of_the_common_ones(pocket_separator, noise_clip):
    clip, queries = noise_clip(2), ["a dog", "rain"]
    for common in (RenderSettings(), SOFT, STRONG, RenderSettings(strength=2)):
        plain = pocket_separator.separate(clip, Request(queries, ["wind"], render=common))
        own = pocket_separator.separate(clip, Request(queries, ["wind"], render=common, stem_render=[common] * 2))
        for one, other in zip((*plain.stems, plain.residual), (*own.stems, own.residual), strict=True):
            np.testing.assert_array_equal(one.samples, other.samples)


def test_one_sound_is_turned_down_and_the_other_removed(pocket_separator, noise_clip):
    clip, queries = noise_clip(2), ["a dog", "rain"]
    plain = pocket_separator.separate(clip, queries)
    turned = pocket_separator.separate(clip, queries, stem_render=[None, RenderSettings(reduce_db=6.0206)])
    np.testing.assert_allclose(
        turned.stems[0].samples, plain.stems[0].samples, atol=2.0**-24
    )  # the summing grid is shared
    np.testing.assert_allclose(turned.stems[1].samples, plain.stems[1].samples / 2, atol=1e-6)
    assert turned.null_db < -120


def test_files_with_settings_of_their_own_null_exactly_and_their_receipt_repeats_them(
    pocket_separator, noise_clip, tmp_path
):
    write_clip(tmp_path / "yard.wav", noise_clip(2))
    request = Request(["a dog", "rain"], ["wind"], stem_render=[STRONG, SOFT])
    first = separate_file(pocket_separator, tmp_path / "yard.wav", request, FileRequest(tmp_path))
    assert first.null_db == -200
    source, repeated, files, _ = read_receipt(first.receipt)
    assert repeated == request
    again = separate_file(pocket_separator, source, repeated, files)
    for one, other in zip(first.stems, again.stems, strict=True):
        assert one != other
        assert one.read_bytes() == other.read_bytes()


def test_a_row_of_a_manifest_has_one_value_or_one_for_each_query(tmp_path):
    table = "path,query,strength,reduce_db\na.wav,dog|rain,2|,6\na.wav,dog,3,\na.wav,dog|rain,1|2|3,\n"
    (tmp_path / "list.csv").write_text(table)
    both, one, wrong = manifest_items(tmp_path / "list.csv", job(Request(["rain"], stem_render=[SOFT])))
    assert both.spec.request.render == RenderSettings(reduce_db=6.0)
    assert both.spec.request.stem_render == (RenderSettings(strength=2.0, reduce_db=6.0), SOFT)
    assert (one.spec.request.render.strength, one.spec.request.stem_render) == (3.0, ())
    assert wrong.error.message == "line 4: strength has 3 values for 2 queries; give one, or one for each"


def test_the_command_line_sets_one_sound(tmp_path, noise_clip):
    write_clip(tmp_path / "yard.wav", noise_clip(0.2))
    options = ["-q", "a dog", "-q", "rain", "--strength", "2", "--for", "RAIN: reduce-db=12, gate=0", "--model", "echo"]
    result = CliRunner().invoke(app, ["separate", str(tmp_path / "yard.wav"), *options])
    assert result.exit_code == 0, result.output
    request = read_receipt(tmp_path / "yard [a dog].json")[1]
    assert request.stem_render == (None, RenderSettings(strength=2, reduce_db=12, gate=0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rain", "--for 'rain' does not name a sound and its settings; write --for \"rain: strength=2\""),
        ("rain: loud", "--for 'rain: loud': 'loud' sets nothing"),
        ("rain: strenght=2", "there is no render setting 'strenght'; did you mean 'strength'?"),
        ("rain: gate=shut", "gate must be 0 to 1; got 'shut'"),
        ("rain: gate=2", "the render setting gate must be 0 to 1; got 2"),
        ("cat: gate=0", "there are render settings for 'cat', which is not one of the queries 'rain'"),
    ],
)
def test_wrong_settings_of_one_sound_are_refused_in_words(text, message):
    result = CliRunner().invoke(app, ["separate", "x.wav", "-q", "rain", "--for", text])
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_settings_of_a_sound_apply_to_the_rows_of_a_manifest_that_ask_for_it(tmp_path, noise_clip):
    write_clip(tmp_path / "yard.wav", noise_clip(0.2))
    (tmp_path / "list.csv").write_text("path,query\nyard.wav,rain|a dog\nyard.wav,wind\n")
    options = ["--for", "a dog: strength=2", "--model", "echo", "--here", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, ["batch", str(tmp_path / "list.csv"), *options])
    assert result.exit_code == 0, result.output
    requests = [read_receipt(path)[1] for path in (tmp_path / "out").glob("yard*.json")]
    assert {request.queries: request.stem_render for request in requests} == {
        ("rain", "a dog"): (None, RenderSettings(strength=2)),
        ("wind",): (),
    }
