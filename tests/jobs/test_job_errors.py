"""An error crosses processes as its class, never as a text to be parsed."""

import errno
import sqlite3
from pathlib import Path

import pytest

from flowsep_plugin import errors
from flowsep_plugin.errors import Cancelled, EngineError, FlowsepError, StorageFull, UsageError, error_class
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.store.database import explain
from flowsep_plugin.media.atomic import AtomicFile

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, FlowsepError)]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_comes_back_as_its_class(kind: type[FlowsepError]) -> None:
    error = JobError(**JobError.of(kind("wrong", setting="mode")).as_json()).exception()
    assert type(error) is kind
    assert (str(error), error.setting) == ("wrong", "mode")


def test_an_error_that_is_not_ours_comes_back_as_a_failure_of_the_engine() -> None:
    error = JobError.of(ZeroDivisionError("by zero"))
    assert (error.kind, error.message, error.exit_code) == ("ZeroDivisionError", "unexpected: by zero", 5)
    assert type(error.exception()) is EngineError


def test_an_error_without_a_setting_is_the_same_on_the_wire_as_before() -> None:
    plain = {"kind": "UsageError", "message": "no query", "exit_code": 2, "parked": False}
    assert JobError.of(UsageError("no query")).as_json() == plain


@pytest.mark.parametrize("kind", ["", "Any", "ClassVar", "__doc__", "KeyError", "error_class"])
def test_a_name_that_is_not_an_error_of_ours_is_not_taken_for_one(kind: str) -> None:
    assert error_class(kind, Cancelled) is Cancelled


def test_a_full_disk_has_a_class_of_its_own(tmp_path: Path) -> None:
    file = AtomicFile(tmp_path / "a", 1)
    assert type(file.explain(OSError(errno.ENOSPC, "any words"))) is StorageFull
    file.discard()
    with sqlite3.connect(":memory:") as full:
        full.execute("PRAGMA max_page_count=1")
        with pytest.raises(sqlite3.Error) as raised:
            full.execute("CREATE TABLE t (x)")
    full.close()
    assert type(explain(tmp_path / "queue.db", raised.value)) is StorageFull
