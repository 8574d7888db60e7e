"""Queries in other languages through a separation: the encoder gets English, everything else keeps the user's words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin import FileRequest, Request
from flowsep_plugin.cli.reporters import summary
from flowsep_plugin.engine.echo import EchoEngine
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import read_receipt, separate_file
from flowsep_plugin.jobs.run_job import run_job
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.languages import english_of, names_in
from flowsep_plugin.separate import Separator

SPEC = JobSpec(input=Path("/clips/yard.wav"), request=Request("Hundegebell"), files=FileRequest(Path("/stems")))
QUERIES = st.sampled_from(["Hundegebell", "la pluie", "un chat", "chat", "a dog", "犬の鳴き声", "asdf qwer", "gatti"])


class ListeningEngine(EchoEngine):
    """The engine "echo", which notes what it is asked to encode and to name."""

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_queries(self, queries):
        self.encoded += queries
        return super().encode_queries(queries)

    def nearest_labels(self, queries):
        self.encoded += queries
        return ()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    samples = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    sf.write(tmp_path / "clip.wav", samples, 16_000, subtype="PCM_24")
    return tmp_path / "clip.wav"


def test_the_encoder_gets_english_and_the_stem_keeps_its_name(clip: Path) -> None:
    engine = ListeningEngine()
    separation = Separator(engine).separate(str(clip), ["Hundegebell", "a cat"], negative=["la pluie"])
    assert engine.encoded == ["a dog barking", "a cat", "rain falling"]
    assert list(separation) == ["Hundegebell", "a cat"]


@pytest.mark.parametrize("query", ["ein bellender Hund", "perro ladrando", "狗叫声"])
def test_a_name_separates_as_its_caption_to_the_last_bit(pocket: Path, noise_clip, query: str) -> None:
    with Separator.open(pocket) as separator:
        named = separator.separate(noise_clip(1.0), query, steps=1)
        english = separator.separate(noise_clip(1.0), english_of(query), steps=1)
        other = separator.separate(noise_clip(1.0), query, steps=1, understood_as={query: query})
    assert english_of(query) != query
    assert np.array_equal(named.stems[0].samples, english.stems[0].samples)
    assert not np.array_equal(named.stems[0].samples, other.stems[0].samples)


@given(st.lists(QUERIES, min_size=1, max_size=4, unique=True), st.data())
def test_what_is_understood_survives_json(queries: list[str], data: st.DataObject) -> None:
    own = data.draw(st.dictionaries(st.sampled_from(queries), st.sampled_from(["a dog", *queries])))
    request = Request(queries, understood_as=own)
    again = Request.from_json(json.loads(json.dumps(request.as_json())))
    assert again == request
    assert again.encoder_texts == request.encoder_texts
    assert hash(again) == hash(request)


@given(st.lists(QUERIES, min_size=1, max_size=4, unique=True))
def test_only_queries_in_other_languages_are_named_in_json(queries: list[str]) -> None:
    plain = Request(queries).as_json()
    assert plain.get("understood_as", {}) == {
        query: english_of(query) for query in queries if english_of(query) != query
    }


def test_an_estimate_belongs_to_the_text_that_was_encoded() -> None:
    typed = replace(SPEC, request=Request("Hundegebell", understood_as={"Hundegebell": "Hundegebell"}))
    other = replace(SPEC, request=Request("Hundegebell", understood_as={"Hundegebell": "a wolf"}))
    assert len({one.estimate_key("clip", "model") for one in (SPEC, typed, other)}) == 3
    assert len({one.job_id("clip", "model") for one in (SPEC, typed, other)}) == 3
    assert JobSpec.from_json(json.loads(json.dumps(other.as_json()))) == other


def test_other_queries_keep_what_was_said_of_those_that_stay() -> None:
    request = Request(["chat", "rain"], understood_as={"CHAT": "a cat"})
    assert request.encoder_texts == ("a cat", "rain")
    assert request.with_queries(["rain", "chat"]).encoder_texts == ("rain", "a cat")
    assert request.with_queries(["rain"]).understood_as == {}


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"cat": "a cat"}, "not one of the queries"),
        ({"chat": ""}, "is empty"),
        ({"chat": 3}, "must be a text"),
        ("x", "must map"),
    ],
)
def test_what_does_not_fit_the_queries_is_refused(texts: object, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Request("chat", understood_as=texts)  # type: ignore[arg-type]


def test_a_receipt_says_what_was_understood_and_repeats_it(clip: Path, tmp_path: Path) -> None:
    engine = ListeningEngine()
    request = Request(["Hundegebel", "a cat", "chat"], understood_as={"chat": "un chat"})
    written = separate_file(Separator(engine), clip, request, FileRequest(tmp_path / "out"))
    stems = written.record["stems"]
    assert stems[0]["understood_as"] == {
        "caption": "a dog barking", "language": "de", "name": "Hundegebell", "near": True,
    }  # fmt: skip
    assert "understood_as" not in stems[1]
    assert stems[2]["understood_as"]["caption"] == "un chat"
    lines = "\n".join(summary(written.record, tmp_path, None))
    assert 'understood as "a dog barking" (nearest: German "Hundegebell")' in lines
    assert read_receipt(written.receipt)[1] == request


def test_a_receipt_of_before_repeats_what_it_did(clip: Path, tmp_path: Path) -> None:
    written = separate_file(Separator(EchoEngine()), clip, Request("Hundegebell"), FileRequest(tmp_path / "out"))
    record = json.loads(written.receipt.read_text("utf-8"))
    del record["request"]["understood_as"]
    written.receipt.write_text(json.dumps(record), "utf-8")
    assert read_receipt(written.receipt)[1].encoder_texts == ("Hundegebell",)


def test_a_jobs_presence_says_what_was_understood_and_is_judged_by_it(clip: Path, tmp_path: Path) -> None:
    engine = ListeningEngine()
    spec = replace(SPEC, input=clip, request=Request(["Hundegebell", "a cat"]), files=FileRequest(tmp_path))
    presence = run_job(Separator(engine), spec, tmp_path / "staged")["presence"]
    assert [one and one["caption"] for one in presence["understood_as"]] == ["a dog barking", None]
    assert set(engine.encoded) == {"a dog barking", "a cat"}
    assert presence["queries"] == ["Hundegebell", "a cat"]


def test_a_presence_without_other_languages_is_as_before(clip: Path, tmp_path: Path) -> None:
    spec = replace(SPEC, input=clip, request=Request("a cat"), files=FileRequest(tmp_path))
    assert "understood_as" not in run_job(Separator(EchoEngine()), spec, tmp_path / "staged")["presence"]


def test_sixteen_names_are_one_request() -> None:
    names = list(dict.fromkeys(names_in("fr")))[:16]
    assert len(Request(names).encoder_texts) == 16
