"""A job is declared once: fields of dataclasses give checks, OpenAPI schemas and the tables of the docs."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from flowsep_plugin.errors import UsageError
from flowsep_plugin.jobs.schema import allowed
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.jobs.worker.openapi import description

sys.path.append(str(Path(__file__).parents[2]))

from scripts.docs import http_api

SHORT: dict[str, Any] = {"input": "/a", "out": "/b", "request": {"queries": ["dog"]}}


def with_request(**values: Any) -> dict[str, Any]:
    return {**SHORT, "request": {"queries": ["dog"], **values}}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({}, "the job needs 'input', 'request', 'out'; it has nothing"),
        ({**SHORT, "colour": 1}, "the job: unknown name 'colour'; known names are input, request, out, model"),
        ({**SHORT, "format": "mp3"}, "the job: format must be wav24, wav32f or flac24; got 'mp3'"),
        ({**SHORT, "rest": "no"}, "the job: rest must be true or false; got 'no'"),
        ({**SHORT, "channels": 1}, "the job: channels must be a list of whole numbers, or null; got 1"),
        ({**SHORT, "channels": [True]}, r"the job: channels must be a list of whole numbers, or null; got \[True\]"),
        ({**SHORT, "channels": []}, r"channels must be at least one number from 0 up; got \[\]"),
        ({**SHORT, "notes": "loud"}, "the job: notes must be a list of texts; got 'loud'"),
        ({**SHORT, "request": ["dog"]}, r"the job: request must be an object; got \['dog'\]"),
        ({**SHORT, "span": {"start": 1}}, "span needs 'frames', 'rate'; it has start"),
        (
            {**SHORT, "span": {"start": 0, "frames": -1, "rate": 8000}},
            "span: frames must be a whole number from 0 up; got -1",
        ),
        ({**SHORT, "input": "/a\ud800"}, r"input: '/a\\ud800' is a name that no file can have"),
        ({**SHORT, "device": "\ud800"}, r"the job: device must be a text; got '\\ud800'"),
        (with_request(understood_as={"dog": 3}), "request: understood_as must be an object"),
        (
            with_request(edits=[[{"shape": "box", "action": "cut"}]]),
            r"edits\[0\]\[0\]: action must be add or take; got 'cut'",
        ),
        (with_request(steps=True), "request: steps must be a whole number from 1 to 200, or null; got True"),
        (with_request(takes=17), "request: takes must be a whole number from 1 to 16; got 17"),
        (with_request(solver="rk4"), "request: solver must be euler or midpoint, or null; got 'rk4'"),
        (with_request(negative="rain"), "request: negative must be a list of texts; got 'rain'"),
        (with_request(render={"strength": 9}), "render: strength must be a number from 0.25 to 4; got 9"),
        (with_request(render={"gate": float("nan")}), "render: gate must be a number from 0 to 1; got nan"),
        (
            with_request(render={"reduce_db": 0}),
            "render: reduce_db must be a number above 0, up to 120, or null; got 0",
        ),
        (with_request(stem_render={"gate": 0}), "request: stem_render must be a list of objects and nulls; got"),
        (with_request(stem_render=[{"gate": 2}]), r"stem_render\[0\]: gate must be a number from 0 to 1; got 2"),
        (with_request(stem_render=[None, None, {}]), "stem_render has 3 entries for 1 queries; give one for each"),
        ({**SHORT, "device": ["x" * 1000]}, r"device must be a text; got \['x{70,80}…$"),
        ({"\udcff": 1}, "the job has a name that is not valid Unicode"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(record: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        JobSpec.from_json(record)


def test_a_file_name_that_is_not_unicode_is_a_path() -> None:
    record = {**SHORT, "input": "/clips/\udcff.wav"}
    assert JobSpec.from_json(json.loads(json.dumps(record))).as_json()["input"] == "/clips/\udcff.wav"


@pytest.mark.parametrize(
    ("record", "estimate_key", "job_id"),
    [
        (
            {"input": "/clips/a.wav", "out": "/stems", "request": {"queries": ["a dog barking"]}},
            "83031778f37f3241a9f0ba4ad45ad7f6",
            "8c65e386756de5de720f85543d1da959",
        ),
        (
            {
                "input": "/clips/a.wav", "out": "/stems",
                "request": {"queries": ["  A   dog barking"], "seed": 3, "render": {"strength": 1, "reduce_db": 12}},
            },
            "833a10639741dae6edf343557c265300",
            "e45059635acfe5a616ae1342a37b9d5f",
        ),
        (
            {
                "input": "C:/x\udcff.wav", "out": "/stems/../stems",
                "request": {"queries": ["дождь"], "steps": 1, "render": {"gate": 0}},
            },
            "c9ed62c6aefde2a53a829092b92be06b",
            "4ebb1fe93463ff230261dde18580b1bf",
        ),
    ],
)  # fmt: skip
def test_jobs_from_the_wire_keep_the_addresses_of_before(
    record: dict[str, Any], estimate_key: str, job_id: str
) -> None:
    spec = JobSpec.from_json(record)
    assert spec.estimate_key("c" * 64, "m" * 64) == estimate_key
    assert spec.job_id("c" * 64, "m" * 64) == job_id


def test_every_name_of_a_job_on_the_wire_is_in_its_schema() -> None:
    schemas = description()["components"]["schemas"]
    plain = JobSpec.from_json(
        {
            **with_request(
                stem_render=[{"strength": 2}],
                hints=[{"here": [{"start": 0, "frames": 1, "rate": 1}]}],
                edits=[[{"shape": "lasso", "action": "add", "points": [[0, 100], [1, 100], [1, 900]]}]],
                understood_as={"dog": "a dog"},
            ),
            "channels": [0],
            "stream": "2",
            "mux": "rest",
            "mux_replace": True,
            "notes": ["its fade is curved"],
            "keep_format": True,
            "absent": "leave_out",
            "keep_absent": ["dog"],
        }
    ).as_json()
    assert set(plain) == set(schemas["Spec"]["properties"])
    assert set(plain["request"]) == set(schemas["Request"]["properties"])
    assert set(plain["request"]["render"]) == set(schemas["Render"]["properties"])
    assert schemas["Spec"]["required"] == ["input", "request", "out"]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("| `input` | a path | required | audio file to separate |", "Spec"),
        ("| `takes` | a whole number from 1 to 16 | `1` | consecutive seeds that are averaged |", "Request"),
        ("| `request` | [Request](#request) | required | queries and inference settings, see below |", "Spec"),
    ],
)
def test_the_page_of_the_api_has_the_members_of_every_schema(row: str, place: str) -> None:
    section = http_api.schemas().split(f"### {place}\n")[1].split("\n### ")[0]
    assert row in section.splitlines()


def test_the_page_of_the_api_has_every_call_and_schema() -> None:
    calls, schemas = http_api.calls(), http_api.schemas()
    for path, operations in description()["paths"].items():
        assert all(f"### {method.upper()} {path}\n" in calls for method in operations)
    assert all(f"### {name}\n" in schemas for name in description()["components"]["schemas"])


def test_a_schema_in_words() -> None:
    assert allowed({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 2}, {"type": "null"}]}) == (
        "a whole number from 1 to 2, or null"
    )
