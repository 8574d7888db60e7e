"""Hooks of schemathesis: a job that is right by its schema gets a real clip and folder, and sounds that have names.

A schema can say neither which files exist, nor that no query occurs twice and is not where it is; what is wrong in a
job stays wrong.
"""

import os
from typing import Any

import schemathesis

CLIP, OUT = os.environ.get("FLOWSEP_TEST_CLIP", ""), os.environ.get("FLOWSEP_TEST_OUT", "")
MOST_QUERIES = 16


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Replace values that no schema can describe."""
    if isinstance(case.body, dict) and isinstance(case.body.get("request"), dict):
        use_real_files(case.body)
        use_real_queries(case.body["request"])


def use_real_files(job: dict[str, Any]) -> None:
    for name, value in (("input", CLIP), ("out", OUT), ("model", "echo")):
        text = job.get(name)
        if isinstance(text, str) and text and "\0" not in text:
            job[name] = value


def use_real_queries(request: dict[str, Any]) -> None:
    """Name sounds by number; render settings of single queries are one for each."""
    names = ("queries", "negative", "stem_render", "hints", "edits")
    queries, negative, own, hints, edits = (request.get(name, []) for name in names)
    if not (is_list_of_texts(queries) and is_list_of_texts(negative) and isinstance(own, list)):
        return
    if not (isinstance(hints, list) and all(one is None or isinstance(one, dict) for one in hints)):
        return
    if not (isinstance(edits, list) and all(isinstance(one, list) for one in edits)):
        return
    if 1 <= len(queries) <= MOST_QUERIES and len(negative) < MOST_QUERIES:
        request["queries"] = [f"sound {number}" for number in range(len(queries))]
        room = MOST_QUERIES - len(queries)
        if "negative" in request:
            request["negative"] = [f"noise {number}" for number in range(min(len(negative), room))]
        if own:
            request["stem_render"] = [own[number % len(own)] for number in range(max(len(own), len(queries)))]
            request["queries"] = [f"sound {number}" for number in range(len(request["stem_render"]))]
        texts = request.get("understood_as")
        if isinstance(texts, dict) and texts and all(isinstance(text, str) for text in texts.values()):
            request["understood_as"] = {request["queries"][0]: "a dog"}
        if hints:
            request["hints"] = [one_kind(hints[number % len(hints)]) for number in range(len(request["queries"]))]

        if edits:
            request["edits"] = [
                [*map(upright, edits[number % len(edits)])] for number in range(len(request["queries"]))
            ]


def upright(edit: Any) -> Any:
    """Turn a box over that ends before it begins."""
    if not isinstance(edit, dict) or edit.get("shape") != "box":
        return edit
    for low, high in (("start_seconds", "stop_seconds"), ("low_hz", "high_hz")):
        if is_number(edit.get(low)) and is_number(edit.get(high)):
            edit = edit | {low: min(edit[low], edit[high]), high: max(edit[low], edit[high])}
            if edit[low] == edit[high]:
                edit = edit | ({high: edit[low] + 1} if edit[low] < 1000 else {low: edit[high] - 1})
    return edit


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def one_kind(hints: dict[str, Any] | None) -> dict[str, Any] | None:
    """Leave out the spans of one kind, which cannot contradict the other then."""
    if not (hints and isinstance(hints.get("here"), list) and isinstance(hints.get("not_here"), list)):
        return hints
    return {name: value for name, value in hints.items() if name != "not_here"}


def is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)
