"""Remarks of the panel about queries: where they were not found, what is doubtful, what may have been meant."""

from dataclasses import replace
from pathlib import Path

import pytest
from flowsep_ui.studio.queries import QueryRow, query_hints, with_renamed_query
from flowsep_ui.studio.results import Presence, TakeResult
from flowsep_ui.studio.words.known_sounds import known_sounds, word_key
from flowsep_ui.studio.words.presence_texts import not_found_text, presence_texts
from flowsep_ui.studio.words.remarks import query_of_label, take_remarks, typed_remarks
from flowsep_ui.studio.workspace import Take

from flowsep_plugin.audio.span import Span
from flowsep_plugin.render_settings import RenderSettings

TAKE = Take("t", 1, "d", "c", Path("/a.wav"), Span(0, 9, 9), None, (QueryRow("a dog"), QueryRow("rain")))
IN_PART = replace(TAKE, within=Span(0, 5, 9))
HEARD = Presence(("a dog", "rain"), (True, True), (-8.0, -14.0), 0.0, 0.1, ((1.0,), (1.0,)), (False, False))


def result_of(**values: object) -> TakeResult:
    return TakeResult(presence=replace(HEARD, **values))


def test_a_clear_answer_needs_no_remark() -> None:
    assert take_remarks(TAKE, result_of()) == ()
    assert take_remarks(TAKE, TakeResult()) == ()


@pytest.mark.parametrize(
    ("take", "text"),
    [
        (TAKE, "not found in this clip"),
        (IN_PART, "not found in the selection"),
        (replace(IN_PART, draft=True), "not found in the drafted part"),
    ],
)
def test_a_sound_that_is_missing_is_missing_where_it_was_looked_for(take: Take, text: str) -> None:
    assert not_found_text([take]) == text
    (remark,) = take_remarks(take, result_of(found=(True, False)))
    assert f"“rain”: {text}" in remark.text


def test_several_missing_sounds_share_a_line_and_those_of_another_take_need_none() -> None:
    result = result_of(found=(False, False))
    (remark,) = take_remarks(TAKE, result)
    assert remark.text.startswith("“a dog”, “rain”: not found in this clip")
    (remark,) = take_remarks(TAKE, result, ["A dog"])
    assert remark.text.startswith("“rain”: not found")


def test_for_a_missing_sound_the_nearest_labels_are_offered() -> None:
    labels = (("Bark",), ("Rain", "Rain on surface", "Walk, footsteps", "Whimper (dog)"))
    (remark,) = take_remarks(TAKE, result_of(found=(True, False), labels=labels))
    assert (remark.query, remark.instead) == ("rain", ("rain on surface", "walk", "whimper"))


def test_an_answer_that_is_not_sure_says_that_it_may_be_there() -> None:
    result = result_of(unsure=(True, False))
    (remark,) = take_remarks(TAKE, result)
    assert "“a dog”: may be there" in remark.text
    assert presence_texts(TAKE, result) == ("may be there · -8 dB", "-14 dB")


def test_a_text_far_from_every_label_is_doubted_even_where_something_was_found() -> None:
    take = replace(TAKE, queries=(QueryRow("asdf qwer"), QueryRow("rain")))
    result = result_of(far=(True, False), labels=(("Cymbal",), ("Rain",)))
    (remark,) = take_remarks(take, result)
    assert "far from every sound" in remark.text
    assert "English" in remark.text
    assert presence_texts(take, result)[0] == "doubtful · -8 dB"


def test_a_german_text_is_understood_and_says_as_what() -> None:
    (typed,) = typed_remarks(" ein bellender Hund ")
    assert typed.text == "“ein bellender Hund”: understood as “a dog barking” (German)."
    (near,) = typed_remarks("Hundegebel")
    assert near.text.endswith("(German, nearest name: “Hundegebell”).")
    (plain,) = typed_remarks("собака")
    assert "Not a name that is known" in plain.text


def test_a_take_says_what_its_queries_were_understood_as_by_the_model() -> None:
    take = replace(TAKE, queries=(QueryRow("Hundegebell"), QueryRow("rain")))
    plain = {
        "queries": ["Hundegebell", "rain"], "found": [True, True], "share_db": [-8, -14], "first_seconds": 0,
        "step_seconds": 0.1, "values": [[1], [1]],
        "understood_as": [{"caption": "a dog barking", "language": "de", "name": "Hundegebell", "near": False}, None],
    }  # fmt: skip
    result = TakeResult(presence=Presence.from_job(plain))
    (remark,) = take_remarks(take, result)
    assert remark.text == "“Hundegebell” was understood as “a dog barking”."
    assert take_remarks(take, result, ["hundegebell"]) == ()


def test_names_in_the_language_of_the_panel_are_offered_first() -> None:
    german = known_sounds("de")
    assert german.index("Hundegebell") < german.index("a dog")
    assert known_sounds() == known_sounds("en") == german[-len(known_sounds()) :]


def test_a_typed_text_has_the_hints_of_before() -> None:
    assert [remark.text for remark in typed_remarks("lead guitar")] == list(query_hints("lead guitar"))
    assert typed_remarks("a dog barking") == ()


def test_names_of_sounds_are_compared_without_case_and_article() -> None:
    assert word_key("  Ein  bellender HUND ") == "bellender hund"
    assert word_key("die") == "die"
    assert len(known_sounds()) > 400


def test_labels_become_queries() -> None:
    assert query_of_label("Baby cry, infant cry") == "baby cry"
    assert query_of_label("Whimper (dog)") == "whimper"


def test_a_renamed_query_keeps_its_colour_and_settings() -> None:
    strong = RenderSettings(strength=2.0)
    queries = (QueryRow("Hundegebell", 3, render=strong), QueryRow("A dog", 1))
    assert with_renamed_query(queries, "hundegebell", " a  dog ") == (QueryRow("a dog", 3, render=strong),)
