"""Addresses of jobs and estimates: those of version 0.1, whatever fields are called since."""

import json
from dataclasses import replace
from pathlib import Path

from flowsep_plugin import FileRequest, RenderSettings, Request, Span
from flowsep_plugin.jobs.spec import JobSpec

PLAIN = JobSpec(input=Path("/clips/yard.wav"), request=Request("rain"), files=FileRequest(Path("/stems")))
FULL = JobSpec(
    input=Path("/clips/yard.wav"),
    request=Request(
        ["a dog barking", "rain"],
        ["wind"],
        steps=4,
        solver="midpoint",
        seed=7,
        seed_count=2,
        render=RenderSettings("hybrid", 1.5, 12.0, 0.5),
    ),
    files=FileRequest(Path("/stems"), "flac24", Span(48_000, 96_000, 48_000), residual=False),
    device="cpu",
    loudness=True,
)


def test_estimate_keys_are_those_of_0_1():
    assert PLAIN.estimate_key("clip", "model") == "e0ae790a190e3f33b3abcb6e65520c40"
    assert FULL.estimate_key("clip", "model") == "83aee9474bebf0d86a693934b0fb4aeb"


def test_job_ids_are_those_of_0_1():
    assert PLAIN.job_id("clip", "model") == "acf27827aa52a7e0d423ddffcb3b5c17"
    assert FULL.job_id("clip", "model") == "92f1870209e69c793c45de4727000e20"


def test_channels_are_part_of_a_jobs_address_and_of_its_estimates() -> None:
    of_left = replace(PLAIN, files=replace(PLAIN.files, channels=(0,)))
    assert of_left.estimate_key("clip", "model") != PLAIN.estimate_key("clip", "model")
    assert of_left.job_id("clip", "model") != PLAIN.job_id("clip", "model")


def test_channels_and_notes_pass_through_json() -> None:
    spec = replace(PLAIN, files=replace(PLAIN.files, channels=(2, 0), notes=("its envelope is not there",)))
    assert JobSpec.from_json(json.loads(json.dumps(spec.as_json()))) == spec


def test_json_keeps_the_names_of_0_1():
    plain = FULL.as_json()
    assert (plain["request"]["takes"], plain["rest"]) == (2, False)
    assert JobSpec.from_json(plain) == FULL
