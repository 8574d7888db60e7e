"""Sessions and media at relative paths are the same files as at absolute ones."""

from pathlib import Path

import pytest
from session_makers import sparse_wave
from test_formats import session_path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import ClipRef, Timeline, Track, dry_run, read_session, save_session
from flowsep_plugin.timeline.formats import SESSION_FORMATS, SessionFormat
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


@pytest.mark.parametrize("relative", ["session", "media", "both"])
@pytest.mark.parametrize("form", SESSION_FORMATS, ids=lambda form: form.name)
def test_a_new_session_finds_its_media_at_relative_paths(
    form: SessionFormat, relative: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = session_path(form, tmp_path / "x")
    folder = form.media_folder(path)
    folder.mkdir(parents=True)
    file = sparse_wave(folder / "take.wav", RATE, RATE).path
    monkeypatch.chdir(tmp_path)
    target = path if relative == "media" else path.relative_to(tmp_path)
    media = probe_media(file if relative == "session" else file.relative_to(tmp_path))
    clip = ClipRef("c", "take", media, Span(0, RATE, RATE), Span(0, RATE, RATE))
    song = Timeline("song", RATE, (Track("t", "Drums", (clip,), 2),))
    dry_run(song, target)
    save_session(song, target)
    monkeypatch.chdir(tmp_path / "x")
    ((_, saved),) = read_session(path).clips()
    assert saved.media is not None
    assert (saved.media.path, saved.media.is_online) == (file, True)
