"""Names of version 0.1 work for one more release, with a warning that gives the new name."""

import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from flowsep_plugin import FileRequest, Request, Separator, write_clip
from flowsep_plugin.cli import main


def test_takes_is_an_alias_of_seed_count():
    with pytest.warns(DeprecationWarning, match="'seed_count'"):
        request = Request("rain", takes=3)  # type: ignore[call-arg]
    assert request == Request("rain", seed_count=3)
    with pytest.warns(DeprecationWarning, match="'seed_count'"):
        assert request.takes == 3
    with pytest.warns(DeprecationWarning, match="'seed_count'"):
        assert replace(request, takes=2).seed_count == 2


def test_texts_is_an_alias_of_all_queries():
    with pytest.warns(DeprecationWarning, match="'all_queries'"):
        assert Request("rain", "wind").texts == ("rain", "wind")


def test_rest_is_an_alias_of_residual(noise_clip):
    with pytest.warns(DeprecationWarning, match="'residual'"):
        assert FileRequest(Path(), rest=False) == FileRequest(Path(), residual=False)
    separation = Separator.open("echo").separate(noise_clip(1.0), Request("everything"))
    with pytest.warns(DeprecationWarning, match="'residual'"):
        assert separation.rest is separation.residual


def test_the_warning_points_at_the_caller():
    with pytest.warns(DeprecationWarning, match="seed_count") as caught:
        Request("rain", takes=2)
    assert caught[0].filename == __file__


def test_the_takes_option_sets_the_seed_count(noise_clip, tmp_path, capsys):
    write_clip(tmp_path / "clip.wav", noise_clip(0.1))
    words = ["separate", str(tmp_path / "clip.wav"), "-q", "rain", "--model", "echo", "--takes", "2", "--quiet"]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code in (0, None)
    assert json.loads((tmp_path / "clip [rain].json").read_text())["request"]["takes"] == 2
    assert "--takes is now --seed-count" in capsys.readouterr().err


def test_the_report_argument_is_an_alias_of_progress(noise_clip):
    stages = []
    with pytest.warns(DeprecationWarning, match="'progress'"):
        Separator.open("echo").separate(noise_clip(0.1), Request("rain"), report=lambda state: stages.append(state))
    assert stages


@pytest.mark.parametrize(
    ("module", "name"),
    [("runners", "WorkerRunner"), ("manifest", "folder_items"), ("report", "write_report"), ("bare", "Worker")],
)
def test_moved_modules_give_their_names_with_a_warning(module, name):
    old = import_module(f"flowsep_plugin.jobs.{module}")
    with pytest.warns(DeprecationWarning, match=r"is now flowsep_plugin\.jobs\."):
        assert callable(getattr(old, name))
    assert not hasattr(old, "__wrapped__")


def test_documented_imports_of_0_1_work():
    from flowsep_plugin.engine.base import RenderSettings, Request
    from flowsep_plugin.jobs.batch import BatchProgress, run_batch
    from flowsep_plugin.jobs.client import WorkerClient
    from flowsep_plugin.jobs.spec import JobSpec

    assert all(map(callable, (RenderSettings, Request, BatchProgress, run_batch, WorkerClient, JobSpec)))
