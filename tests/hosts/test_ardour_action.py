"""The action's files, its slot and its trigger; Ardour itself is played by a few lines here and runs in `real/`."""

import base64
import socket
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lupa import lua54

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import SessionError
from flowsep_plugin.hosts.ardour import (
    ArdourSelection,
    Exchange,
    bound_slot,
    fade_shapes,
    install,
    place_in_ardour,
    request_selection,
    separate_selection,
    trigger,
    user_selection,
)
from flowsep_plugin.hosts.ardour.installing import action, config_folders
from flowsep_plugin.hosts.ardour.osc import message
from flowsep_plugin.hosts.session import SessionRequest, SessionSeparation
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.media import write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path / "exchange")


@pytest.fixture
def peek(tmp_path: Path) -> Path:
    """The snapshot that the action writes."""
    folder = tmp_path / "song" / "interchange" / "song" / "audiofiles"
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32) * 0.1
    write_clip(folder / "take.wav", AudioClip(noise, RATE))
    clip = ClipRef(
        "c",
        "take",
        probe_media(folder / "take.wav"),
        Span(10, 999, RATE),
        Span(48_123, 999, RATE),
        gain=0.5,
        fade_in=64,
        fade_out=32,
    )
    path = tmp_path / "song" / "flowsep-peek.ardour"
    save_session(Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),)), path)
    return path


def region_of(peek: Path) -> str:
    ((_, clip),) = read_session(peek).clips()
    return clip.id


def separated(selection: ArdourSelection, **options: Any) -> SessionSeparation:
    request = SessionRequest(Request(["everything"]), model="echo", absent="write", **options)
    return separate_selection(selection, request, LocalRunner(selection.session.parent))


def test_rows_come_back_and_are_gone(exchange: Exchange) -> None:
    exchange.write("x.txt", [("token", "1"), ("name", "a\tb\nc", "é 🎹")])
    assert exchange.pop("x.txt") == [("token", "1"), ("name", "a b c", "é 🎹")]
    assert exchange.pop("x.txt") is None


def test_an_answer_to_somebody_else_is_dropped(exchange: Exchange) -> None:
    exchange.write("x.txt", [("token", "old")])
    assert exchange.wait("x.txt", "new", 0.05) is None
    assert not exchange.contains("x.txt")


def test_ardour_is_asked_for_its_selection(exchange: Exchange, peek: Path) -> None:
    def ardour() -> None:
        token = exchange.pop("ask.txt")
        assert token is not None
        exchange.write("selection.txt", [*token, ("region", "7"), ("session", str(peek))])

    selection = request_selection(exchange, ardour)
    assert (selection.session, selection.regions, selection.queries) == (peek, ("7",), ())


def test_what_the_user_typed_in_ardour_is_taken(exchange: Exchange, peek: Path) -> None:
    rows = [("token", "user"), ("region", "7"), ("query", "dog"), ("query", "rain"), ("mute", "1")]
    exchange.write("selection.txt", [*rows, ("session", str(peek))])
    assert user_selection(exchange) == ArdourSelection("user", peek, ("7",), ("dog", "rain"), True)
    with pytest.raises(SessionError, match="no request from Ardour"):
        user_selection(exchange)


@pytest.mark.parametrize(
    ("says", "message"),
    [((), "did not reply"), (("error", "no region is selected"), "select the regions"), (("region", "7"), "again")],
)
def test_a_poor_answer_is_said(exchange: Exchange, says: tuple[str, ...], message: str) -> None:
    def ardour() -> None:
        if says:
            exchange.write("selection.txt", [*(exchange.pop("ask.txt") or []), says])

    with pytest.raises(SessionError, match=message):
        request_selection(exchange, ardour, 0.05)
    assert not exchange.contains("ask.txt")


def test_stems_are_handed_over_from_the_lowest_layer_up(exchange: Exchange, peek: Path) -> None:
    song = read_session(peek)
    (track,) = song.tracks
    over = replace(track.clips[0], id="over", name="over", place=Span(48_200, 999, RATE))
    below = Track("new", "Both", (*track.clips, over), 2, like=track.id)
    save_session(replace(song, tracks=(track, below)), peek)
    text = peek.read_text()
    first, second = (text.rindex('<Region id="', 0, text.rindex(f'name="{name}"')) for name in ("take", "over"))
    assert first < second
    peek.write_text(text[:first] + text[first:].replace('layering-index="0"', 'layering-index="7"', 1))
    ids = [clip.id for clip in read_session(peek).tracks[1].clips]
    rows: list[tuple[str, ...]] = []

    def ardour() -> None:
        rows.extend(exchange.pop("placement.txt") or [])
        exchange.write("placed.txt", [("token", "t")])

    selection = ArdourSelection("t", peek, tuple(ids))
    place_in_ardour(exchange, ardour, selection, separated(selection, residual=False), title="everything")
    stems = [row for row in rows if row[0] == "stem"]
    assert [(row[1], row[-1]) for row in stems] == [(ids[1], "0"), (ids[0], "0")]


def test_stems_are_handed_over_with_their_places_levels_and_fades(exchange: Exchange, peek: Path) -> None:
    rows: list[tuple[str, ...]] = []

    def ardour() -> None:
        rows.extend(exchange.pop("placement.txt") or [])
        tracks = [("track", row[3]) for row in rows if row[0] == "stem"]
        exchange.write("placed.txt", [("token", "t"), *tracks])

    source = region_of(peek)
    selection = ArdourSelection("t", peek, (source,))
    separation = separated(selection, mute_source=True)
    assert place_in_ardour(exchange, ardour, selection, separation, title="everything") == [
        "Drums [everything]",
        "Drums [rest]",
    ]
    stem = next(row for row in rows if row[0] == "stem")
    assert stem[1] == source
    assert Path(stem[2]).parent == peek.parent / "interchange" / "song" / "audiofiles"
    assert stem[5:] == ("48123", "0", "999", "0.5", "64", "32", "FadeLinear", "FadeLinear", "1")
    assert ("mute", source) in rows
    assert ("session", str(peek.parent)) in rows


def test_stems_wait_where_nobody_places_them(exchange: Exchange, peek: Path) -> None:
    selection = ArdourSelection("t", peek, (region_of(peek),))
    separation = separated(selection)
    with pytest.raises(SessionError, match="run FlowSep in Ardour once"):
        place_in_ardour(exchange, lambda: None, selection, separation, title="x", seconds=0.05)
    assert exchange.contains("placement.txt")
    assert all(file.exists() for file in separation.files)


def test_a_snapshot_is_forgotten(peek: Path) -> None:
    peek.with_suffix(".history").touch()
    other = peek.with_name("song.ardour")
    other.touch()
    ArdourSelection("t", peek, ("7",)).forget()
    assert not peek.exists()
    assert sorted(file.name for file in peek.parent.iterdir()) == ["interchange", "song.ardour"]


def test_the_trigger_says_where_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        trigger(3, port)()
        assert listener.recv(99) == message("/access_action", "LuaAction/script-3")
    with pytest.raises(SessionError, match=f"listens on port {port}"):
        trigger(3, port)()


def test_messages_are_padded_to_words() -> None:
    assert message("/a", "xyz") == b"/a\0\0,s\0\0xyz\0"


@pytest.mark.parametrize(
    ("events", "shape"),
    [("a0 0 a100 1", "FadeLinear"), ("a0 0 a50 0.7 a100 1", "FadeConstantPower"), ("a0 1 a50 0.03 a100 0", "FadeFast"),
     ("a0 0 a50 0.1 a100 1", "FadeSlow"), ("a0 0 a50 0.6 a100 1", "FadeSymmetric"), ("", "FadeConstantPower")],
)  # fmt: skip
def test_a_fades_shape_is_told_by_its_middle(tmp_path: Path, events: str, shape: str) -> None:
    fade = f"<AutomationList><events>{events}</events></AutomationList>"
    path = tmp_path / "x.ardour"
    path.write_text(f'<Session><Playlists><Playlist><Region id="7"><FadeIn>{fade}</FadeIn></Region></Playlist></Playlists></Session>')  # fmt: skip # noqa: E501
    assert fade_shapes(path) == {"7": (shape, "FadeConstantPower")}


def scripts_of(folder: Path) -> str:
    return base64.b64decode(ET.parse(folder / "ui_scripts").findtext("ActionScript") or "").decode()


def test_the_action_is_put_where_ardour_finds_it(tmp_path: Path) -> None:
    installation = install(tmp_path, 'C:\\fl"ow\nsep', tmp_path / "exchange")
    assert (installation.script, installation.slot) == (tmp_path / "scripts" / "flowsep.lua", 1)
    assert bound_slot(tmp_path) == 1
    text = installation.script.read_text()
    assert 'local FLOWSEP = "C:\\\\fl\\"ow sep"' in text
    assert f'local EXCHANGE = "{tmp_path}/exchange"' in text
    assert (tmp_path / "exchange").is_dir()
    assert install(tmp_path, "flowsep", tmp_path / "exchange").slot == 1


def test_scripts_of_the_user_stay_in_their_slots(tmp_path: Path) -> None:
    mine = 'scripts = {} scripts[1] = {} scripts[1]["n"] = "Mine" scripts[1]["f"] = "return 1" '
    text = base64.b64encode(mine.encode()).decode()
    (tmp_path / "ui_scripts").write_text(
        f'<UIScripts><ActionScript lua="Lua 5.3">{text}</ActionScript><Other/></UIScripts>'
    )
    assert install(tmp_path, "flowsep", tmp_path / "exchange").slot == 2
    values = lua54.LuaRuntime()
    values.execute(scripts_of(tmp_path))
    scripts = values.globals().scripts
    assert (scripts[1].n, scripts[1].f, scripts[2].n) == ("Mine", "return 1", "FlowSep")
    assert (tmp_path / "ui_scripts (before flowsep)").exists()
    assert ET.parse(tmp_path / "ui_scripts").find("Other") is not None


def test_the_loaded_code_is_a_function_that_makes_the_action(tmp_path: Path) -> None:
    install(tmp_path, "flowsep", tmp_path / "exchange")
    values = lua54.LuaRuntime()
    values.execute(scripts_of(tmp_path))
    assert values.eval("type(load(scripts[1].f)({}))") == "function"
    assert values.eval("function(text) return load(text) ~= nil end")(action("flowsep", Path("/e")))


def test_a_missing_ardour_is_said(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="start Ardour once"):
        install(tmp_path / "nowhere")


def test_the_newest_ardour_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("ardour7", "ardour6", "ardour10", "ardourish"):
        (tmp_path / name).mkdir()
    assert [folder.name for folder in config_folders("linux")] == ["ardour10", "ardour7"]
