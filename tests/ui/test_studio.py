"""The studio without Qt: values in, values out."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flowsep_ui.studio import documents
from flowsep_ui.studio.autosave import from_plain, load, persistent_part, save, to_plain
from flowsep_ui.studio.document_content import DocumentContent, read_document
from flowsep_ui.studio.documents import with_opened, without_document, without_file
from flowsep_ui.studio.focus import focused_clip, focused_take
from flowsep_ui.studio.panel_directory import PanelDirectory, PanelFolders, example_clip, sweep
from flowsep_ui.studio.queries import QueryRow, query_hints, split_by_role, with_query
from flowsep_ui.studio.reconcile import Cancel, Submit, missing_finals, reconcile, restore_results
from flowsep_ui.studio.results import PendingJob, Presence, StemFiles, StemSettings, TakeResult, failed, finished
from flowsep_ui.studio.takes import (
    ClipPart,
    draft_part,
    job_spec,
    selected_parts,
    timeline_span_of_seconds,
    with_another_take,
    with_current_take,
    with_takes,
    without_take,
)  # fmt: skip
from flowsep_ui.studio.words.presence_texts import missing_queries, presence_texts
from flowsep_ui.studio.workspace import (
    Document,
    Preset,
    Take,
    Workspace,
    WorkspaceSelection,
    as_preset,
    clip_key,
    with_favourite,
    with_history,
    with_mix,
    with_preset,
    with_render,
)  # fmt: skip
from hypothesis import given
from hypothesis import strategies as st
from panel_makers import RATE, sound

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix
from flowsep_plugin.errors import UsageError
from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSettings
from flowsep_plugin.scale import Scale
from flowsep_plugin.timeline import (
    ClipRef,
    Media,
    StemPlacement,
    Timeline,
    Track,
    place_stems,
    read_session,
    save_session,
)  # fmt: skip
from flowsep_plugin.timeline.media import probe_media


@pytest.fixture
def content(tmp_path: Path) -> tuple[Workspace, DocumentContent]:
    """One file of two seconds, with one sound asked."""
    path = sound(tmp_path / "take.wav")
    workspace = replace(with_opened(Workspace(), [path]), queries=(QueryRow("a dog"),))
    assert workspace.front is not None
    return workspace, read_document(workspace.front, tmp_path)


def separated(workspace: Workspace, content: DocumentContent) -> Workspace:
    return with_takes(workspace, content, selected_parts(content, workspace.selected))


DEFAULTS = StemSettings((RenderSettings(),))
STRONG = StemSettings((RenderSettings(strength=2.0),))


def done(files: StemFiles | None = None, **values: object) -> TakeResult:
    return replace(TakeResult(files=files or StemFiles(DEFAULTS, (Path("/a.wav"),), Path("/r.wav"))), **values)


def test_the_studio_needs_no_qt() -> None:
    code = "import flowsep_ui.studio.reconcile, flowsep_ui.studio.autosave, flowsep_ui.studio.placement, sys; "
    code += "assert 'PyQt6' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- sounds ---


def test_a_sound_is_there_once_and_takes_a_free_colour() -> None:
    sounds = with_query(with_query(with_query((), "a dog"), "rain"), "A  DOG", negative=True)
    assert [(sound.text, sound.colour, sound.negative) for sound in sounds] == [("a dog", 0, True), ("rain", 1, False)]


def test_what_is_off_is_not_asked() -> None:
    queries, negative = split_by_role((QueryRow("a"), QueryRow("b", negative=True), QueryRow("c", on=False)))
    assert ([s.text for s in queries], [s.text for s in negative]) == (["a"], ["b"])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("lead guitar", "role"),
        ("music without drums", "Keep out"),
        ("a dog and a cat", "one by one"),
        ("music", "anything"),
        ("ein bellender Hund спит", "in English"),
        (" ".join(["very"] * 20), "words"),
    ],
)
def test_a_weak_text_is_told_with_a_way_out(text: str, word: str) -> None:
    assert any(word in hint for hint in query_hints(text))


@pytest.mark.parametrize("text", ["a dog barking", "distorted electric guitar", "footsteps on gravel", "rain", ""])
def test_a_good_text_is_left_alone(text: str) -> None:
    assert query_hints(text) == ()


# --- documents ---


def test_files_lie_under_each_other_and_a_session_in_a_tab_of_its_own(tmp_path: Path) -> None:
    a, b, song = tmp_path / "a.wav", tmp_path / "b.wav", tmp_path / "song.rpp"
    workspace = with_opened(Workspace(), [a, b, song])
    assert [(document.kind, len(document.paths)) for document in workspace.documents] == [("files", 2), ("session", 1)]
    assert workspace.front is not None
    assert workspace.front.kind == "session"


def test_what_is_open_is_only_brought_to_the_front(tmp_path: Path) -> None:
    a, song = tmp_path / "a.wav", tmp_path / "song.rpp"
    once = with_opened(Workspace(), [a, song])
    again = with_opened(once, [a])
    assert again.documents == once.documents
    assert again.front_id == once.documents[0].id


def test_closing_shows_the_neighbour_and_takes_the_takes_along(content: tuple[Workspace, DocumentContent]) -> None:
    workspace = separated(*content)
    assert workspace.front_id is not None
    closed = without_document(workspace, workspace.front_id)
    assert closed == replace(closed, documents=(), front_id=None, takes=(), current={}, mixes={})
    assert closed.history == ("a dog",)


def test_the_last_file_closes_its_document(content: tuple[Workspace, DocumentContent]) -> None:
    workspace, _ = content
    document = workspace.documents[0]
    assert without_file(workspace, document.id, document.paths[0]).documents == ()


def test_a_file_of_another_rate_lies_at_its_own_length(tmp_path: Path) -> None:
    paths = (sound(tmp_path / "a.wav", 2, 8_000), sound(tmp_path / "b.wav", 2, 16_000))
    content = read_document(Document("d", "files", paths), tmp_path)
    assert content.timeline.rate == 8_000
    assert [clip.place.frames for _, clip in content.timeline.clips()] == [16_000, 16_000]


def test_a_file_that_is_no_audio_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "b.wav").write_text("no sound")
    content = read_document(Document("d", "files", (sound(tmp_path / "a.wav"), tmp_path / "b.wav")), tmp_path)
    assert len(content.timeline.tracks) == 1
    assert "b.wav" in (content.problem or "")


def test_embedded_sounds_are_copied_out(tmp_path: Path) -> None:
    media = probe_media(sound(tmp_path / "a.wav"))
    clip = ClipRef("c", "a", media, Span(0, RATE, RATE), Span(0, RATE, RATE))
    project = tmp_path / "song.dawproject"
    save_session(Timeline("song", RATE, (Track("t", "T", (clip,)),)), project)
    song = read_session(project)
    stem = StemPlacement(song.tracks[0].clips[0].id, "x", media, Span(0, 2 * RATE, RATE))
    save_session(place_stems(song, [stem]), project)  # what is placed lies inside
    content = read_document(Document("d", "session", (project,)), tmp_path / "scratch")
    (path,) = (path for path in content.audio_files.values() if path != tmp_path / "a.wav")
    assert path.is_relative_to(tmp_path / "scratch")
    assert probe_media(path).frames == media.frames


def test_every_suffix_of_a_session_is_known() -> None:
    assert documents.is_session(Path("a.RPP"))
    assert not documents.is_session(Path("a.wav"))


# --- asking ---


def test_without_a_selection_the_only_clip_is_meant(content: tuple[Workspace, DocumentContent]) -> None:
    workspace = separated(*content)
    (take,) = workspace.takes
    assert take.within is None
    assert take.covers == Span(0, 2 * RATE, RATE)


def test_a_range_takes_its_part(content: tuple[Workspace, DocumentContent]) -> None:
    workspace, facts = content
    workspace = separated(replace(workspace, selected=WorkspaceSelection(Span(1000, 500, RATE))), facts)
    assert workspace.takes[0].covers == workspace.takes[0].within == Span(1000, 500, RATE)


def test_what_touches_nothing_is_refused_with_a_way_out(content: tuple[Workspace, DocumentContent]) -> None:
    workspace, facts = content
    with pytest.raises(UsageError, match="drag over"):
        separated(replace(workspace, selected=WorkspaceSelection(Span(10**6, 500, RATE))), facts)
    with pytest.raises(UsageError, match="Type a sound"):
        separated(replace(workspace, queries=()), facts)


def test_asking_twice_counts_the_seed_up(content: tuple[Workspace, DocumentContent]) -> None:
    workspace, facts = content
    workspace = separated(separated(workspace, facts), facts)
    assert [(take.number, take.seed) for take in workspace.takes] == [(1, 0), (2, 1)]
    other = separated(replace(workspace, queries=(QueryRow("rain"),)), facts)
    assert (other.takes[-1].number, other.takes[-1].seed) == (3, 0)


def test_the_same_question_has_the_same_name_after_undo(content: tuple[Workspace, DocumentContent]) -> None:
    workspace, facts = content
    assert separated(workspace, facts).takes[0].id == separated(workspace, facts).takes[0].id
    other = separated(replace(workspace, queries=(QueryRow("rain"),)), facts)
    assert other.takes[0].id != separated(workspace, facts).takes[0].id


def test_another_take_is_shown_and_removing_it_shows_the_one_before(content: tuple[Workspace, DocumentContent]) -> None:
    workspace = separated(*content)
    first = workspace.takes[0]
    both = with_another_take(workspace, first)
    assert both.current_take(first.document, first.clip) == both.takes[1]
    assert without_take(both, both.takes[1].id).current_take(first.document, first.clip) == first
    assert with_current_take(both, first).current_take(first.document, first.clip) == first


def test_a_draft_is_short_and_lies_around_the_playhead() -> None:
    media = Media(Path("/a.wav"), RATE, 2, 600 * RATE)
    clip = ClipRef("c", "c", media, Span(0, 600 * RATE, RATE), Span(0, 600 * RATE, RATE))
    within = draft_part(ClipPart(clip, None), 300 * RATE).within
    assert within is not None
    assert within.frames == 20 * RATE
    assert within.start < 300 * RATE < within.stop
    short = ClipPart(clip, Span(0, RATE, RATE))
    assert draft_part(short) == short


def test_a_take_becomes_a_job_of_its_part(content: tuple[Workspace, DocumentContent]) -> None:
    workspace, facts = content
    workspace = replace(workspace, queries=(QueryRow("a dog"), QueryRow("wind", negative=True)))
    take = separated(workspace, facts).takes[0]
    spec = job_spec(take, Path("/out"), STRONG)
    assert (spec.request.queries, spec.request.negative) == (("a dog",), ("wind",))
    assert spec.files.span == take.covers
    assert spec.request.render.strength == 2.0


@given(st.integers(0, RATE), st.integers(1, RATE), st.booleans())
def test_seconds_of_a_file_find_their_place(first: int, frames: int, reverse: bool) -> None:
    clip = ClipRef("c", "c", None, Span(500, 2 * RATE, RATE), Span(70, 2 * RATE, RATE), reverse=reverse)
    take = Take("t", 1, "d", "c", Path("/a"), clip.cut, None, ())
    span = timeline_span_of_seconds(take, clip, (500 + first) / RATE, (500 + first + frames) / RATE)
    start = 2 * RATE - first - frames if reverse else first
    assert span == Span(70 + max(0, start), min(frames, 2 * RATE - max(0, start)), RATE).intersect(clip.place)


# --- render, mix, presets ---


def test_new_settings_are_those_of_what_is_shown(content: tuple[Workspace, DocumentContent]) -> None:
    workspace = with_another_take(separated(*content), separated(*content).takes[0])
    changed = with_render(workspace, {"A dog": RenderSettings(strength=2.0)})
    assert [take.queries[0].render.strength for take in changed.takes] == [1.0, 2.0]
    assert changed.queries[0].render.strength == 2.0


def test_a_preset_brings_sounds_and_settings_back() -> None:
    workspace = Workspace(queries=(QueryRow("a", render=RenderSettings(gate=0.5)),))
    preset = with_preset(workspace, "mine")
    assert as_preset(replace(preset, queries=()), "mine").queries == workspace.queries
    assert as_preset(preset, "nobody's") == preset


def test_history_has_the_newest_first_and_each_once() -> None:
    workspace = with_history(with_history(Workspace(), ("a", "b")), ("B", "c"))
    assert workspace.history == ("B", "c", "a")
    assert with_favourite(with_favourite(workspace, "a", True), "A", False).favourites == ()


@given(st.floats(-10, 100), st.sampled_from([setting.scale for setting in RENDER_SETTINGS if not setting.choices]))
def test_a_slider_gives_back_what_it_was_given(value: float, scale: Scale) -> None:
    inside = min(max(value, scale.low), scale.high)
    back = scale.value(scale.step(value))
    assert scale.low <= back <= scale.high
    assert scale.step(back) == scale.step(inside)


# --- results, reconcile ---


def test_a_new_take_is_asked_for_where_finals_go(content: tuple[Workspace, DocumentContent]) -> None:
    workspace = separated(*content)
    assert reconcile(workspace, {}) == (Submit(workspace.takes[0], DEFAULTS, is_final=True),)


def test_what_is_on_its_way_or_failed_is_not_asked_again(content: tuple[Workspace, DocumentContent]) -> None:
    workspace = separated(*content)
    take = workspace.takes[0].id
    assert reconcile(workspace, {take: TakeResult(pending=PendingJob(DEFAULTS, True, "j"))}) == ()
    assert reconcile(workspace, {take: failed(TakeResult(), "no")}) == ()


def test_new_settings_render_what_is_shown_into_the_cache_then_settle(
    content: tuple[Workspace, DocumentContent],
) -> None:
    workspace = with_render(separated(*content), {"a dog": RenderSettings(strength=2.0)})
    take = workspace.takes[0]
    first = done(final_files=StemFiles(DEFAULTS, (Path("/a.wav"),), Path("/r.wav")))
    assert reconcile(workspace, {take.id: first}) == (Submit(take, STRONG, is_final=False),)
    new = replace(first, files=StemFiles(STRONG, (Path("/c.wav"),), None))
    assert reconcile(workspace, {take.id: new}) == ()
    assert missing_finals(workspace, {take.id: new}) == (Submit(take, STRONG, is_final=True, overwrite=True),)
    assert missing_finals(workspace, {take.id: replace(new, handed_out=True)})[0].overwrite is False


def test_stems_with_a_number_are_not_written_over_those_without(content: tuple[Workspace, DocumentContent]) -> None:
    """The second take's files are "NAME [a dog] (2).wav"; a job that overwrites would write those of the first."""
    workspace = with_render(separated(*content), {"a dog": RenderSettings(strength=2.0)})
    numbered = StemFiles(DEFAULTS, (Path("/x [a dog] (2).wav"),), Path("/x [rest] (2).wav"))
    result = done(final_files=numbered, files=StemFiles(STRONG, (Path("/c.wav"),), None))
    assert missing_finals(workspace, {workspace.takes[0].id: result})[0].overwrite is False


def test_what_nobody_wants_any_more_is_cancelled(content: tuple[Workspace, DocumentContent]) -> None:
    assert reconcile(content[0], {"gone": TakeResult(pending=PendingJob(DEFAULTS, True, "j"))}) == (
        Cancel("gone", "j"),
    )


def test_a_done_job_gives_files_presence_and_places() -> None:
    pending = TakeResult(pending=PendingJob(DEFAULTS, True, "j"), done=0.5)
    presence = {"queries": ["a"], "found": [False], "share_db": [-60.0], "first_seconds": 0.0, "step_seconds": 0.1,
                "values": [[0.0]]}  # fmt: skip
    result = finished(pending, {"stems": ["/s.wav"], "rest": "/r.wav", "presence": presence, "provider": "CPU",
                                "record": {"stems": [{"present": [[0.1, 0.2, 0.9]]}]}})  # fmt: skip
    assert result.files == result.final_files
    assert result.regions == (((0.1, 0.2),),)
    take = Take("t", 1, "d", "c", Path("/a"), Span(0, 1, 1), None, (QueryRow("a"),))
    assert missing_queries(take, result) == ("a",)
    assert presence_texts(take, result) == ("not found",)


def test_files_that_are_gone_after_a_restart_are_told_or_made_again(tmp_path: Path) -> None:
    existing = StemFiles(DEFAULTS, (sound(tmp_path / "s.wav"),), None)
    missing = StemFiles(STRONG, (tmp_path / "gone.wav",), None)
    assert restore_results({"t": done(existing, final_files=existing)})["t"].error is None
    assert restore_results({"t": done(missing, final_files=existing)})["t"].files == existing
    assert "no longer exist" in (restore_results({"t": done(existing, final_files=missing)})["t"].error or "")


def test_the_clip_that_is_meant(content: tuple[Workspace, DocumentContent]) -> None:
    workspace, facts = content
    clip = focused_clip(workspace, facts)
    assert clip is not None
    assert focused_take(workspace, facts) is None
    workspace = separated(workspace, facts)
    assert focused_take(workspace, facts) == workspace.takes[0]
    assert focused_clip(replace(workspace, selected=WorkspaceSelection(Span(10**6, 5, RATE))), facts) is None


# --- autosave ---

texts = st.text(max_size=12)
paths = st.sampled_from([Path("/music/täke.wav"), Path("/a b.rpp"), Path("/x/song.ardour")])
spans = st.builds(Span, st.integers(-5, 10**9), st.integers(0, 10**9), st.sampled_from([8_000, 44_100, 192_000]))
renders = st.builds(
    RenderSettings,
    st.sampled_from(["mask", "hybrid"]),
    st.floats(0.25, 4),
    st.none() | st.floats(1, 60),
    st.floats(0, 1),
)
sounds = st.builds(QueryRow, texts, st.integers(0, 20), st.booleans(), st.booleans(), renders)
settings = st.builds(StemSettings, st.lists(renders, max_size=2).map(tuple), st.lists(texts, max_size=2).map(tuple))
takes = st.builds(
    Take, texts, st.integers(0, 9), texts, texts, paths, spans, st.none() | spans,
    st.lists(sounds, max_size=3).map(tuple), st.integers(0, 9), st.just(False),
)  # fmt: skip
files = st.builds(StemFiles, settings, st.lists(st.none() | paths, max_size=2).map(tuple), st.none() | paths)
presences = st.builds(
    Presence, st.tuples(texts), st.tuples(st.booleans()), st.tuples(st.floats(-90, 0)), st.floats(0, 9),
    st.floats(0, 1), st.tuples(st.tuples(st.floats(0, 1))),
)  # fmt: skip
results = st.builds(
    TakeResult, st.none() | st.builds(PendingJob, settings, st.booleans(), st.none() | texts), st.none() | texts,
    st.none() | files, st.none() | files, st.none() | presences,
    st.tuples(st.tuples(st.tuples(st.floats(0, 9), st.floats(0, 9)))), st.none() | texts, st.none() | texts,
)  # fmt: skip
workspaces = st.builds(
    Workspace,
    documents=st.lists(st.builds(Document, texts, st.sampled_from(["files", "session"]), st.tuples(paths))).map(tuple),
    front_id=st.none() | texts,
    selected=st.none() | st.builds(WorkspaceSelection, spans, st.none() | texts, st.tuples(texts)),
    queries=st.lists(sounds, max_size=3).map(tuple), takes=st.lists(takes, max_size=3).map(tuple),
    current=st.dictionaries(texts, texts, max_size=2),
    other_queries=st.dictionaries(texts, st.tuples(sounds), max_size=2),
    mixes=st.dictionaries(texts, st.builds(LaneMix, st.booleans(), st.booleans(), st.floats(-60, 12)), max_size=2),
    history=st.tuples(texts), favourites=st.tuples(texts),
    presets=st.lists(st.builds(Preset, texts, st.tuples(sounds)), max_size=2).map(tuple),
    out=st.none() | paths,
)  # fmt: skip


@given(workspaces, st.dictionaries(texts, results, max_size=3))
def test_what_is_saved_comes_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, workspace: Workspace, by_take: dict[str, TakeResult]
) -> None:
    path = tmp_path_factory.mktemp("kept") / "workspace.json"
    save(path, workspace, by_take)
    saved = load(path)
    assert saved is not None
    assert saved.workspace == workspace
    assert saved.results == {
        name: result for name, result in by_take.items() if name in {take.id for take in workspace.takes}
    }
    assert not saved.closed
    assert from_plain(Workspace, to_plain(workspace)) == workspace


DAMAGED = (
    '{"format": 1, "workspace": {', "[" * 100_000, '{"format": 1, "closed": true, "workspace": {}, "results": {}}',
    *(json.dumps({"format": 1, "closed": True, "results": {}, "workspace": {"takes": [], "presets": [], **fields}})
      for fields in (
          {"documents": "ab"}, {"documents": [{"id": 1, "kind": "files", "paths": []}]}, {"out": "a\0b"},
          {"documents": [{"id": "d", "kind": "song", "paths": []}]}, {"mixes": {"a": {"gain_db": 10**400}}},
          {"mixes": {"a": {"gain_db": float("nan")}}}, {"mixes": {"a": {"solo": 1}}}, {"history": [None]},
          {"selected": {"span": {"start": 0, "frames": True, "rate": 1}}},
          {"sounds": [{"text": "a", "render": {"strength": 0}}]},
      )),
)  # fmt: skip
"""Workspaces that are cut off, nested too deep, or hold values of another type or out of range."""


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_set_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "workspace.json"
    path.write_text(text)
    assert load(path) is None
    assert path.with_suffix(".damaged").read_text() == text
    assert load(path) is None


def test_what_outlives_documents_has_none(content: tuple[Workspace, DocumentContent]) -> None:
    workspace = persistent_part(with_mix(separated(*content), "t/0", LaneMix()))
    assert workspace == Workspace(history=("a dog",))


# --- folders ---


def test_two_panels_do_not_share_a_workspace(tmp_path: Path) -> None:
    folders = PanelFolders(tmp_path / "data", tmp_path / "cache")
    one, two = PanelDirectory(folders), PanelDirectory(folders)
    assert one.workspace_file != two.workspace_file
    assert one.scratch != two.scratch
    one.close()
    again = PanelDirectory(folders)
    assert again.workspace_file == one.workspace_file
    assert two.scratch.is_dir()
    two.close()
    again.close()
    assert list(folders.cache.iterdir()) == []


def test_what_a_killed_panel_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / "old" / "t1").mkdir(parents=True)
    (tmp_path / "old" / "lock").touch()
    sweep(tmp_path)
    assert not (tmp_path / "old").exists()


def test_the_newest_renders_alone_are_kept(tmp_path: Path) -> None:
    directory = PanelDirectory(PanelFolders(tmp_path / "data", tmp_path / "cache"))
    for number in range(5):
        directory.stems("t", str(number)).mkdir(parents=True)
    directory.tidy("t", directory.stems("t", "1"))
    left = {folder.name for folder in (directory.scratch / "t").iterdir()}
    directory.close()
    assert len(left) == 2
    assert "1" in left


def test_the_example_is_found_beside_the_sources() -> None:
    clip = example_clip()
    assert clip is not None
    assert clip.name == "courtyard.flac"


def test_a_current_take_is_named_by_its_clip() -> None:
    assert clip_key("d1", "c") == "d1/c"
