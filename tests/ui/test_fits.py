"""The window at 1280 x 720 in English, German and a longer language: no text is cut, nothing lies outside."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dialog_makers import export_rows, write_stems
from flowsep_ui import i18n, theme
from flowsep_ui.controllers.command_process import Command
from flowsep_ui.dialogs.check import CheckDialog
from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.dialogs.place import PlaceDialog
from flowsep_ui.dialogs.settings import SettingsDialog
from flowsep_ui.panels.models import ModelManager
from flowsep_ui.studio.results import failed
from flowsep_ui.studio.texts import ErrorText
from flowsep_ui.studio.workspace import WorkspaceSelection
from panel_makers import RATE, FakeLink, sound, until, window
from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QApplication, QDialog
from text_fit import PseudoLanguage, cut_texts, longer, settle

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import EffectError
from flowsep_plugin.files.export import ExportOptions
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.check import check_session
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.media_finder import MediaFinder

SCREEN = QSize(1280, 720)
EIGHT = ("a dog barking", "a man speaking", "rain on a roof", "an acoustic guitar", "a passing car", "birdsong",
         "footsteps on gravel", "a door")  # fmt: skip


@pytest.fixture(params=["en", "de", "longer"])
def language(request: Any, qapp: QApplication) -> Iterator[str]:
    """Each language, in the dark theme."""
    theme.apply(qapp, "dark")
    pseudo = PseudoLanguage()
    i18n.load(qapp, "en" if request.param == "longer" else request.param)
    if request.param == "longer":
        qapp.installTranslator(pseudo)
    yield request.param
    qapp.removeTranslator(pseudo)
    i18n.load(qapp, "en")


@pytest.fixture
def link(qapp: QApplication) -> FakeLink:
    return FakeLink()


@pytest.fixture
def panel(qtbot: Any, tmp_path: Path, link: FakeLink, language: str) -> Iterator[Any]:
    panel = window(tmp_path, link)
    qtbot.addWidget(panel)
    panel.resize(SCREEN)
    panel.show()
    link.state_changed.emit("ready", "")
    yield panel
    panel.leave()


def separate(qtbot: Any, panel: Any, link: FakeLink, *texts: str) -> None:
    for text in texts:
        panel.sounds.line.setText(text)
        panel.sounds.add_typed()
    submissions = len(link.submissions)
    panel.sounds.separate_now()
    until(qtbot, lambda: len(link.submissions) > submissions, 3)
    link.finish(link.take())
    panel.document_view.show_scene()


def session(folder: Path) -> Path:
    media = probe_media(sound(folder / "in song.wav", 4.0))
    clips = [ClipRef(f"c{n}", f"verse {n}", media, Span(0, RATE, RATE), Span(n * RATE, RATE, RATE)) for n in (0, 1)]
    tracks = (Track("t1", "Drums", (clips[0],), 2), Track("t2", "Guitar and voice", (clips[1],), 2))
    save_session(Timeline("song", RATE, tracks), folder / "song.rpp")
    return folder / "song.rpp"


def first_page(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    panel.welcome.offer_last(("courtyard.flac",))


def two_stems(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    panel.open_paths([sound(folder / "take.wav")])
    separate(qtbot, panel, link, *EIGHT[:2])


def a_job(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    two_stems(qtbot, panel, link, folder)
    panel.docks["jobs"].show()
    panel.separation.add_take(panel.model.workspace.takes[-1])
    link.run(link.take(), 0.4)


def a_failure(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    panel.open_paths([sound(folder / "take.wav")])
    panel.sounds.line.setText("a dog barking")
    panel.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions), 3)
    link.fail(link.take(), "the disk is full; free some space or choose another folder for stems", parked=True)
    panel.messages.warn(panel.tr("{0} Your work is saved; you can go on.").format("!"), [("…", lambda: None)])


def not_found(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    link.found = False
    two_stems(qtbot, panel, link, folder)


def a_session(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    panel.open_paths([session(folder)])
    panel.model.do("Select", lambda w: replace(w, selected=WorkspaceSelection(Span(0, 2 * RATE, RATE))))
    separate(qtbot, panel, link, *EIGHT[:2])


def eight_sounds(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    panel.open_paths([sound(folder / "take.wav")])
    separate(qtbot, panel, link, *EIGHT)


def effects(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    two_stems(qtbot, panel, link, folder)
    effects = panel.docks["effects"].widget()
    effects._rack._was_scanned = True  # no plug-ins of this machine
    panel.docks["effects"].raise_()
    effects.show_workspace()
    for info in effects._rack.built_in:
        effects.add.effect_chosen.emit(info)
    fault = EffectError("", slot=4, effect=effects.chain.slots[4].effect, reason="it did not answer within 10 s")
    effects._rack.report(effects.lane, fault)
    effects.slots.setCurrentRow(4)
    effects.busy.show_progress("Looking for plug-ins: a plug-in with a long name", 3, 10)


def unsure(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    two_stems(qtbot, panel, link, folder)
    take = panel.model.workspace.takes[-1].id
    result = panel.model.result(take)
    panel.model.set_result(take, replace(result, presence=replace(result.presence, unsure=(True, True))))


def a_way_out(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    two_stems(qtbot, panel, link, folder)
    take = panel.model.workspace.takes[-1].id
    panel.model.set_result(take, failed(panel.model.result(take), ErrorText("it cannot be written", "out")))


def a_batch(qtbot: Any, panel: Any, link: FakeLink, folder: Path) -> None:
    two_stems(qtbot, panel, link, folder)
    for number in range(4):
        sound(folder / "tapes" / f"{number}.wav", seed=number)
    panel.docks["batch"].show()
    panel.docks["batch"].raise_()
    panel.batch.add_folder(folder / "tapes")
    panel.batch.start(panel.model.workspace.queries)
    jobs = [link.take(index) for index in range(len(link.submissions) - 4, len(link.submissions))]
    link.finish(jobs[0])
    link.finish(jobs[1], found=False)
    link.fail(jobs[2], "the disk is full")
    link.run(jobs[3], 0.4)
    panel.docks["batch"].widget().show_batch()


STATES: tuple[Callable[..., None], ...] = (
    first_page, two_stems, a_job, a_failure, not_found, a_session, eight_sounds, effects, unsure, a_way_out, a_batch,
)  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_nothing_in_the_window_is_cut(qtbot: Any, panel: Any, link: FakeLink, tmp_path: Path, state: Any) -> None:
    state(qtbot, panel, link, tmp_path)
    qtbot.wait(60)
    settle()
    assert panel.size() == SCREEN
    cut = cut_texts(panel)
    assert cut == [], "\n".join(cut)


def shown(qtbot: Any, dialog: QDialog) -> QDialog:
    dialog.show()
    settle()
    qtbot.wait(30)
    assert dialog.width() <= SCREEN.width()
    assert dialog.height() <= SCREEN.height() - 40
    return dialog


def test_nothing_in_the_settings_is_cut(qtbot: Any, tmp_path: Path, language: str, panel: Any) -> None:
    dialog = SettingsDialog(
        path=tmp_path / "settings.toml", actions=panel.all_actions, sound_devices=list,
        models=ModelManager(rows=list, command=Command(command=["false"])), doctor=Command(command=["false"]),
    )  # fmt: skip
    qtbot.addWidget(dialog)
    for page in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(page)
        assert cut_texts(shown(qtbot, dialog)) == []
    dialog.done(0)


def test_nothing_in_the_export_dialog_is_cut(qtbot: Any, tmp_path: Path, language: str) -> None:
    dialog = ExportDialog(export_rows(write_stems(tmp_path / "stems")), ExportOptions(tmp_path))
    qtbot.addWidget(dialog)
    assert cut_texts(shown(qtbot, dialog)) == []


def test_nothing_in_the_place_dialog_is_cut(qtbot: Any, panel: Any, link: FakeLink, tmp_path: Path) -> None:
    a_session(qtbot, panel, link, tmp_path)
    dialog = PlaceDialog(panel.model, panel.separation, panel.placement, panel.parts.tasks, panel)
    assert cut_texts(shown(qtbot, dialog)) == []
    dialog.reject()


def test_nothing_in_the_check_of_a_session_is_cut(qtbot: Any, language: str, tmp_path: Path) -> None:
    path = session(tmp_path)
    (tmp_path / "in song.wav").unlink()
    dialog = CheckDialog(check_session(read_session(path), MediaFinder()))
    qtbot.addWidget(dialog)
    assert cut_texts(shown(qtbot, dialog)) == []


def test_the_longer_language_is_longer_and_keeps_fields() -> None:
    assert longer("Place {0} in &session…") == "[Pĺáćé {0} íń &séśśíóń… ~~~~~]"
    assert len(longer("Separate the sounds")) >= 1.2 * len("Separate the sounds")
