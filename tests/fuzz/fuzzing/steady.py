"""Seeds that are the same bytes each time they are made: clocks and random identifiers stand still meanwhile."""

import contextlib
import datetime
import importlib
import os
import random
import secrets
import time
import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

from flowsep_plugin.untrusted import isolated

_NOON = 1_700_000_000.0


class _Noon(datetime.datetime):
    """A date whose present never passes."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> "_Noon":
        """Return always the same moment."""
        return cls.fromtimestamp(_NOON, tz)


def _call_here(function: str, *arguments: Any, **limits: Any) -> Any:
    """Call a function that otherwise runs in a process of its own."""
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)(*arguments)


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """Have time and identifiers repeat for the body, and sessions written in this process, for which that holds."""
    rng = random.Random(0)
    random.seed(0)
    with contextlib.ExitStack() as stack:
        for owner, name, fake in (
            (isolated, "call", _call_here),
            (datetime, "datetime", _Noon),
            (time, "time", lambda: _NOON),
            (time, "time_ns", lambda: int(_NOON * 1e9)),
            (time, "localtime", lambda seconds=None: time.gmtime(_NOON if seconds is None else seconds)),
            (uuid, "uuid4", lambda: uuid.UUID(int=rng.getrandbits(128), version=4)),
            (uuid, "uuid1", lambda *_: uuid.UUID(int=rng.getrandbits(128), version=1)),
            (os, "urandom", rng.randbytes),
            (secrets, "token_hex", lambda count=16: rng.randbytes(count).hex()),
        ):
            stack.enter_context(mock.patch.object(owner, name, fake))
        yield
