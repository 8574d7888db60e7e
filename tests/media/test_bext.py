"""Broadcast metadata: kept, moved, written."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsep_plugin.media import Bext, pack_bext, parse_bext
from flowsep_plugin.media.metadata.bext import FIXED_BYTES


def text(most: int) -> st.SearchStrategy[str]:
    plain = st.characters(codec="utf-8", exclude_characters="\0")
    return st.text(plain, max_size=most).filter(lambda value: len(value.encode()) <= most)


loudness = st.none() | st.integers(-(2**15), 2**15 - 2)
bexts = st.builds(
    Bext,
    description=text(256),
    originator=text(32),
    originator_reference=text(32),
    origination_date=text(10),
    origination_time=text(8),
    time_reference=st.integers(0, 2**64 - 1),
    umid=st.binary(min_size=64, max_size=64),
    loudness_value=loudness,
    loudness_range=loudness,
    max_true_peak=loudness,
    max_momentary=loudness,
    max_short_term=loudness,
    coding_history=text(300),
)


@given(bexts)
def test_what_is_packed_is_parsed(bext: Bext) -> None:
    assert parse_bext(pack_bext(bext)) == bext


@given(st.binary(max_size=900))
def test_any_body_is_kept_byte_for_byte(body: bytes) -> None:
    assert pack_bext(parse_bext(body)) == body


@given(st.binary(min_size=FIXED_BYTES, max_size=900), st.integers(0, 2**64 - 1))
def test_a_new_time_reference_changes_eight_bytes(body: bytes, place: int) -> None:
    moved = pack_bext(replace(parse_bext(body), time_reference=place))
    assert moved[:338] + moved[346:] == body[:338] + body[346:]
    assert moved[338:346] == place.to_bytes(8, "little")


def test_the_fields_lie_where_the_standard_puts_them() -> None:
    body = pack_bext(Bext(description="d", time_reference=2**32 + 7, loudness_value=-2300, coding_history="A=PCM\r\n"))
    assert body[:2] == b"d\0"
    assert (body[338:342], body[342:346]) == (b"\7\0\0\0", b"\1\0\0\0")
    assert body[346:348] == b"\2\0"
    assert body[412:416] == (-2300).to_bytes(2, "little", signed=True) + b"\xff\x7f"
    assert body[602:] == b"A=PCM\r\n"


def test_text_that_is_too_long_ends_with_a_whole_character() -> None:
    assert parse_bext(pack_bext(Bext(originator="ü" * 20))).originator == "ü" * 16
    assert parse_bext(pack_bext(Bext(originator="a" + "ü" * 20))).originator == "a" + "ü" * 15


def test_an_old_version_has_no_loudness() -> None:
    body = bytearray(pack_bext(Bext(version=1)))
    body[412:414] = b"\1\2"
    assert parse_bext(bytes(body)).loudness_value is None
    assert pack_bext(parse_bext(bytes(body))) == bytes(body)


@pytest.mark.parametrize(
    "bad", [Bext(time_reference=-1), Bext(time_reference=2**64), Bext(max_true_peak=2**15), Bext(umid=b"short")]
)
def test_what_does_not_fit_is_refused(bad: Bext) -> None:
    with pytest.raises(ValueError, match=r"does not fit|UMID"):
        pack_bext(bad)
