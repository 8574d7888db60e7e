"""Names of version 0.1 work for one more release, and say what they are called now."""

from dataclasses import replace
from pathlib import Path

import pytest

from flowsep_plugin import FileRequest, Request, Separator


def test_takes_is_seed_count():
    with pytest.warns(DeprecationWarning, match="'seed_count'"):
        request = Request("rain", takes=3)  # type: ignore[call-arg]
    assert request == Request("rain", seed_count=3)
    with pytest.warns(DeprecationWarning, match="'seed_count'"):
        assert request.takes == 3
    with pytest.warns(DeprecationWarning, match="'seed_count'"):
        assert replace(request, takes=2).seed_count == 2


def test_texts_is_all_queries():
    with pytest.warns(DeprecationWarning, match="'all_queries'"):
        assert Request("rain", "wind").texts == ("rain", "wind")


def test_rest_is_residual(noise_clip):
    with pytest.warns(DeprecationWarning, match="'residual'"):
        assert FileRequest(Path(), rest=False) == FileRequest(Path(), residual=False)
    separation = Separator.open("echo").separate(noise_clip(1.0), Request("everything"))
    with pytest.warns(DeprecationWarning, match="'residual'"):
        assert separation.rest is separation.residual


def test_the_warning_points_at_the_caller():
    with pytest.warns(DeprecationWarning, match="seed_count") as caught:
        Request("rain", takes=2)
    assert caught[0].filename == __file__
