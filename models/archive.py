"""The bundle's outer form: a zip file of stored members with one possible byte string for given members. Pure.

Any zip program lists and extracts it. Reading is stricter than zip: every byte outside the members is computed
and compared, so a changed header, a comment or bytes appended at the end are refused like a changed member.
Record layouts: PKWARE APPNOTE.TXT 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (end record).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from models.errors import BundleError

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_LOCAL_SIGNATURE = 0x04034B50
_CENTRAL_SIGNATURE = 0x02014B50
_END_SIGNATURE = 0x06054B50
_VERSION = 20
# 1980-01-01, the first day zip can name: a build time would make two builds of the same models differ.
_DATE = (1 << 5) | 1

NAME_BYTES_MAX = 100
# Ten times the biggest network of today; a header that asks for more is damaged.
MEMBER_BYTES_MAX = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """What the archive's records say of one member."""

    name: str
    size_bytes: int
    crc32: int


def describe(name: str, content: bytes) -> Member:
    """The record of a member with this content."""
    return Member(name, len(content), zlib.crc32(content))


def local_header(member: Member) -> bytes:
    """The bytes that stand before the member's content."""
    name = member.name.encode("ascii")
    sizes = (member.crc32, member.size_bytes, member.size_bytes, len(name), 0)
    return _LOCAL.pack(_LOCAL_SIGNATURE, _VERSION, 0, 0, 0, _DATE, *sizes) + name


def directory(members: Sequence[Member]) -> bytes:
    """The bytes that follow the last member: central directory and end record."""
    records = b""
    offset = 0
    for member in members:
        name = member.name.encode("ascii")
        fixed = (_CENTRAL_SIGNATURE, _VERSION, _VERSION, 0, 0, 0, _DATE)
        sizes = (member.crc32, member.size_bytes, member.size_bytes, len(name))
        records += struct.pack("<IHHHHHHIIIHHHHHII", *fixed, *sizes, 0, 0, 0, 0, 0, offset) + name
        offset += _LOCAL.size + len(name) + member.size_bytes
    count = len(members)
    return records + struct.pack("<IHHHHIIH", _END_SIGNATURE, 0, 0, count, count, len(records), offset, 0)


def read_member(stream: BinaryIO, expected_name: str) -> tuple[Member, bytes]:
    """The next member of `stream`, which must be `expected_name`, whole and unchanged since it was written.

    Raises BundleError naming the member.
    """
    fixed = stream.read(_LOCAL.size)
    if len(fixed) < _LOCAL.size:
        raise BundleError(f"the bundle ends before its member {expected_name}: copy or build it again")
    signature, *_, crc32, _, size_bytes, name_length, _ = _LOCAL.unpack(fixed)
    if signature == _CENTRAL_SIGNATURE:
        raise BundleError(f"the bundle has no member {expected_name}")
    if signature != _LOCAL_SIGNATURE or name_length > NAME_BYTES_MAX or size_bytes > MEMBER_BYTES_MAX:
        raise BundleError(f"the record before the member {expected_name} is damaged, or this is not a bundle")
    name = stream.read(name_length)
    if name != expected_name.encode("ascii"):
        raise BundleError(f"the bundle holds {name[:40]!r} where its member {expected_name} belongs")
    member = Member(expected_name, size_bytes, crc32)
    content = stream.read(size_bytes)
    if len(content) < size_bytes:
        raise BundleError(f"the bundle ends inside its member {expected_name}: copy or build it again")
    if fixed + name != local_header(member) or zlib.crc32(content) != crc32:
        raise BundleError(f"the member {expected_name} of the bundle is damaged: copy or build it again")
    return member, content


def read_end(stream: BinaryIO, members: Sequence[Member]) -> None:
    """Check that nothing but the directory of `members` follows. Raises BundleError."""
    expected = directory(members)
    rest = stream.read(len(expected) + 1)
    if rest == expected:
        return
    extra = _extra_member(rest)
    if extra is not None:
        raise BundleError(f"the bundle has an extra member {extra!r} that its manifest does not name")
    raise BundleError(f"the directory after the member {members[-1].name} is damaged or followed by more bytes")


def _extra_member(rest: bytes) -> str | None:
    if len(rest) < _LOCAL.size or _LOCAL.unpack_from(rest)[0] != _LOCAL_SIGNATURE:
        return None
    name_length = _LOCAL.unpack_from(rest)[9]
    return rest[_LOCAL.size : _LOCAL.size + min(name_length, NAME_BYTES_MAX)].decode("ascii", "replace")
