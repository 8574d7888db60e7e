"""Takes are named by what differs among them."""

from dataclasses import replace
from pathlib import Path

from flowsep_ui.studio.queries import QueryRow
from flowsep_ui.studio.results import StemFiles, StemSettings, TakeResult
from flowsep_ui.studio.words.take_names import take_details, take_names
from flowsep_ui.studio.workspace import Take
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.audio.span import Span
from flowsep_plugin.render_settings import RenderSettings

RATE = 48_000
FIRST = Take("t1", 1, "d", "c", Path("/a.wav"), Span(0, RATE, RATE), None, (QueryRow("a dog"),))
PART = Span(round(4.7 * RATE), round(1.2 * RATE), RATE)


def strong(take: Take, strength: float) -> Take:
    queries = tuple(replace(query, render=RenderSettings(strength=strength)) for query in take.queries)
    return replace(take, queries=queries)


def test_one_take_is_named_by_its_number_and_sounds() -> None:
    assert take_names([FIRST]) == ("1 · a dog",)
    assert take_names([]) == ()


def test_parts_that_differ_are_named_and_no_others() -> None:
    second = replace(FIRST, id="t2", number=2, seed=1)
    assert take_names([FIRST, second]) == ("1 · a dog · seed 0", "2 · a dog · seed 1")
    third = strong(replace(FIRST, id="t3", number=3, within=PART), 2.0)
    assert take_names([FIRST, third]) == (
        "1 · a dog · whole clip · 1.00 ×",
        "3 · a dog · 0:04.7–0:05.9 · 2.00 ×",
    )


def test_settings_that_differ_between_sounds_are_listed() -> None:
    two = replace(FIRST, queries=(QueryRow("a dog"), QueryRow("rain", render=RenderSettings(strength=2.0, gate=0.3))))
    names = take_names([replace(FIRST, queries=(QueryRow("a dog"), QueryRow("rain"))), replace(two, number=2)])
    assert names[1] == "2 · a dog, rain · 1.00 × / 2.00 × · Gate 100% / Gate 30%"
    assert names[0] == "1 · a dog, rain · 1.00 × · Gate 100%"


def test_many_sounds_are_counted_unless_the_takes_then_read_alike() -> None:
    sounds = tuple(QueryRow(f"a rather long text {number}") for number in range(3))
    take = replace(FIRST, queries=sounds)
    assert take_names([take, replace(FIRST, number=2)]) == ("1 · 3 sounds", "2 · a dog")
    other = replace(take, number=2, queries=(*sounds[:2], QueryRow("rain")))
    assert "rain" in take_names([take, other])[1]


def test_what_is_kept_out_tells_takes_apart() -> None:
    second = replace(FIRST, number=2, queries=(*FIRST.queries, QueryRow("wind", negative=True)))
    assert take_names([FIRST, second]) == ("1 · a dog", "2 · a dog · without wind")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a dog", "rain"]), st.integers(0, 2), st.sampled_from([None, PART]), st.floats(0.25, 4)
        ),
        max_size=6,
    )
)
def test_no_two_takes_have_the_same_name(parts: list[tuple[str, int, Span | None, float]]) -> None:
    takes = [
        strong(replace(FIRST, number=number, queries=(QueryRow(text),), seed=seed, within=within), strength)
        for number, (text, seed, within, strength) in enumerate(parts, 1)
    ]
    names = take_names(takes)
    assert len(set(names)) == len(takes)


def test_the_details_hold_everything() -> None:
    take = replace(
        FIRST, queries=(*FIRST.queries, QueryRow("wind", negative=True)), within=PART, seed=3, model="audiosep"
    )
    files = StemFiles(StemSettings((RenderSettings(),)), (None,), Path("/out/rest.wav"))
    details = "\n".join(take_details(take, TakeResult(files=files, final_files=files, provider="CPU", error="no disk")))
    for word in ("Take 1, seed 3", "0:04.7", "a dog: Mask, 1.00 ×, Attenuate: removed, Gate 100%", "without wind",
                 "Model: audiosep", "Ran on: CPU", "/out", "no disk"):  # fmt: skip
        assert word in details
