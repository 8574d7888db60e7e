"""Mask edits in requests: with a query, in jobs and receipts, and with a reason where they are wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowsep_plugin import AudioClip, FileRequest, Query, Request, Separator
from flowsep_plugin.edits import Box, Brush, Lasso, MaskEdit
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import read_receipt, separate_file
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import write_clip

BOX = MaskEdit(Box(start_seconds=0.2, stop_seconds=0.6, low_hz=300, high_hz=4000), "take")
LASSO = MaskEdit(Lasso(((0.1, 200), (0.5, 200), (0.3, 2000))), "add", 1)
STROKE = MaskEdit(Brush(((0.7, 900), (0.9, 2000)), 0.05, 0.5), "add", 2)


def job(request: Request) -> JobSpec:
    return JobSpec(Path("/clips/a.wav"), request, FileRequest(Path("/stems")))


def test_a_query_brings_its_edits_and_they_survive_json() -> None:
    request = Request([Query("a dog", edits=[BOX, STROKE]), "rain"], ["wind"])
    assert request.edits == ((BOX, STROKE), ())
    assert request.with_queries(["wind rain", "A DOG"]).edits == ((), (BOX, STROKE))
    spec = job(replace(request, edits=[[BOX], [LASSO, STROKE]]))
    assert JobSpec.from_json(json.loads(json.dumps(spec.as_json()))) == spec
    assert "edits" not in Request("rain").as_json()


def test_edits_change_a_job_and_leave_its_estimate() -> None:
    plain, edited = job(Request("a dog")), job(Request([Query("a dog", edits=[BOX])]))
    assert plain.estimate_key("c", "m") == edited.estimate_key("c", "m")
    assert plain.job_id("c", "m") != edited.job_id("c", "m")


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (
            {"shape": "box", "action": "take", "start_seconds": 1},
            "edits[0][0] needs 'stop_seconds', 'low_hz', 'high_hz'",
        ),
        (
            {"shape": "lasso", "action": "cut", "points": [[0, 1]] * 3},
            "edits[0][0]: action must be add or take; got 'cut'",
        ),
        ({"shape": "lasso", "action": "add", "points": [[0, 1]]}, "points must be a list of lists; got [[0, 1]]"),
        ({**BOX.as_json(), "stop_seconds": 0.1}, "a box from 0.2 s to 0.1 s is empty; end it later"),
        ({"shape": "circle", "action": "add"}, "edits must be a list of lists; got [[{'shape': 'circle'"),
    ],
)
def test_an_edit_in_a_job_that_is_none_says_why(record: dict[str, Any], says: str) -> None:
    plain = job(Request("a dog")).as_json()
    plain["request"]["edits"] = [[record]]
    with pytest.raises(UsageError) as refused:
        JobSpec.from_json(plain)
    assert says in str(refused.value)


def test_edited_files_null_exactly_and_their_receipt_repeats_them(
    noise_clip: Callable[..., AudioClip], tmp_path: Path
) -> None:
    write_clip(tmp_path / "yard.wav", noise_clip(1))
    request = Request([Query("a dog", edits=[BOX, STROKE]), Query("rain", edits=[LASSO])])
    with Separator.open("echo") as separator:
        first = separate_file(separator, tmp_path / "yard.wav", request, FileRequest(tmp_path))
        source, repeated, files, _ = read_receipt(first.receipt)
        again = separate_file(separator, source, repeated, files)
        plain = separate_file(separator, source, Request(["a dog", "rain"]), files)
    assert repeated == request
    assert first.null_db == -200
    contents = [[path.read_bytes() for path in one.stems] for one in (first, again, plain)]
    assert contents[0] == contents[1]
    assert all(one != other for one, other in zip(contents[0], contents[2], strict=True))
