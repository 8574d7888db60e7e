"""A batch on a real worker: it goes on without the panel, and a new panel takes over what ended meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.app import make_window
from flowsep_ui.studio.queries import QueryRow
from left_over import end_worker
from panel_makers import sound, until

from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.settings import PanelSettings


@pytest.fixture
def worker() -> Iterator[None]:
    yield
    end_worker()


def opened() -> Any:
    window = make_window(PanelSettings())
    window.recover()
    return window


def test_a_batch_goes_on_without_the_panel(qtbot: Any, worker: None, tmp_path: Path) -> None:
    for number in range(4):
        sound(tmp_path / "tapes" / f"{number}.wav", 2.0, rate=16_000, seed=number)
    first = opened()
    first.model.amend(lambda w: replace(w, model="echo"))
    first.batch.add_folder(tmp_path / "tapes")
    until(qtbot, lambda: len(first.batch.clips) == 4)
    first.batch.start((QueryRow("a dog"),))
    until(qtbot, lambda: all(clip.job for clip in first.batch.clips), 60)
    first.leave()
    first.deleteLater()
    client = WorkerClient.running()
    assert client is not None
    until(qtbot, lambda: len(client.jobs("done")) == 4, 60)
    second = opened()
    until(qtbot, lambda: all(clip.state == "done" for clip in second.batch.clips), 60)
    assert [len(clip.rows) for clip in second.batch.clips] == [1] * 4
    assert all(clip.run_seconds for clip in second.batch.clips)
    second.batch.open(second.batch.clips[2].key)
    until(qtbot, lambda: bool(second.model.workspace.takes))
    assert second.model.result(second.model.workspace.takes[0].id).state == "done"
    second.leave()
    second.deleteLater()
