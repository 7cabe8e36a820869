"""The bundle's outer form: what was packed comes back, and every other byte string is refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.archive import MEMBER_BYTES_MAX, NAME_BYTES_MAX, Member, read_end, read_member
from models.build.assemble import pack
from models.errors import BundleError

NAMES = st.from_regex(r"[a-z0-9_]{1,20}\.(tflite|json)", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=60), min_size=1, max_size=4)


def unpack(archive: bytes, names: list[str]) -> list[bytes]:
    stream, members, contents = io.BytesIO(archive), list[Member](), list[bytes]()
    for name in names:
        member, content = read_member(stream, name)
        members.append(member)
        contents.append(content)
    read_end(stream, members)
    return contents


@given(FILES)
def test_what_was_packed_is_unpacked_and_any_zip_program_reads_it(files: dict[str, bytes]) -> None:
    archive = pack(list(files.items()))
    assert unpack(archive, list(files)) == list(files.values())
    with zipfile.ZipFile(io.BytesIO(archive)) as as_zip:
        assert as_zip.testzip() is None
        assert {name: as_zip.read(name) for name in as_zip.namelist()} == files


@pytest.mark.fault(49)
@given(FILES, st.data())
def test_any_changed_byte_is_refused(files: dict[str, bytes], data: st.DataObject) -> None:
    archive = bytearray(pack(list(files.items())))
    place = data.draw(st.integers(0, len(archive) - 1))
    archive[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BundleError):
        unpack(bytes(archive), list(files))


@pytest.mark.fault(49)
@given(FILES, st.data())
def test_a_truncated_archive_is_refused(files: dict[str, bytes], data: st.DataObject) -> None:
    archive = pack(list(files.items()))
    with pytest.raises(BundleError):
        unpack(archive[: data.draw(st.integers(0, len(archive) - 1))], list(files))


@pytest.mark.fault(49)
@given(FILES, st.binary(min_size=1, max_size=80))
@example({"a.json": b""}, b"PK\x03\x04" + bytes(60))
def test_bytes_at_the_end_are_refused(files: dict[str, bytes], more: bytes) -> None:
    with pytest.raises(BundleError, match=r"followed by|extra member"):
        unpack(pack(list(files.items())) + more, list(files))


@pytest.mark.fault(49)
def test_other_members_than_expected_are_named() -> None:
    archive = pack([("a.json", b"1"), ("b.tflite", b"2")])
    with pytest.raises(BundleError, match=r"'a.json' where its member b.tflite belongs"):
        unpack(archive, ["b.tflite"])
    with pytest.raises(BundleError, match=r"no member c.tflite"):
        unpack(archive, ["a.json", "b.tflite", "c.tflite"])
    with pytest.raises(BundleError, match=r"extra member 'b.tflite'"):
        unpack(archive, ["a.json"])


@pytest.mark.fault(49)
@pytest.mark.parametrize(("place", "value"), [(22, MEMBER_BYTES_MAX + 1), (26, NAME_BYTES_MAX + 1)])
def test_a_header_that_asks_for_too_much_is_refused_before_it_is_read(place: int, value: int) -> None:
    archive = bytearray(pack([("a.json", b"1")]))
    size = 4 if place == 22 else 2
    archive[place : place + size] = value.to_bytes(size, "little")
    with pytest.raises(BundleError, match="damaged, or this is not a bundle"):
        unpack(bytes(archive), ["a.json"])
