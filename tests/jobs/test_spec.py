"""Addresses of jobs and estimates: those of version 0.1, whatever fields are called since."""

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


def test_json_keeps_the_names_of_0_1():
    plain = FULL.as_json()
    assert (plain["request"]["takes"], plain["rest"]) == (2, False)
    assert JobSpec.from_json(plain) == FULL
