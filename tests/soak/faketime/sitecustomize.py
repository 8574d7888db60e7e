"""Loaded by Python at its start where this folder is on PYTHONPATH: lets `time.sleep` work under libfaketime.

libfaketime 0.9.10 answers clock_nanosleep, by which Python sleeps until a monotonic time, with EINVAL where monotonic
time is not faked. select waits as long, and is left alone.
"""

import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds) and None  # type: ignore[assignment, func-returns-value]
