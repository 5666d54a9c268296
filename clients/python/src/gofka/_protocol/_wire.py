"""What the generated messages are made with: lengths, strings, arrays, tagged fields.

`write_x(w, value, flexible)` appends to a bytearray. `read_x(b, p, flexible)` answers the value and
where the next one starts. What is not there raises IndexError, struct.error or ValueError, and
`Message.decode` turns these into ProtocolError. Nothing is allocated for a length before as many
bytes are there.
"""

from __future__ import annotations

from struct import Struct as _Packer
from struct import pack, unpack_from
from typing import Any, List, NoReturn, Optional, Sequence, Tuple, Union

Buffer = Union[bytes, bytearray, memoryview]
ZERO_UUID = bytes(16)

_h = _Packer(">h")
_i = _Packer(">i")


def refuse(field: str, version: int) -> NoReturn:
    from ..errors import UnsupportedVersionError

    raise UnsupportedVersionError(f"{field} cannot be told in version {version} of the request")


def write_uvarint(w: bytearray, value: int) -> None:
    while value > 127:
        w.append(value & 127 | 128)
        value >>= 7
    w.append(value)


def read_uvarint(b: memoryview, p: int) -> Tuple[int, int]:
    value = b[p]
    p += 1
    if value < 128:
        return value, p
    value &= 127
    for shift in (7, 14, 21, 28):
        byte = b[p]
        p += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if value >> 32:
                break
            return value, p
    raise ValueError("a varint of more than 32 bits")


def write_string(w: bytearray, value: str, flexible: bool) -> None:
    data = value.encode()
    if flexible:
        write_uvarint(w, len(data) + 1)
    else:
        w += _h.pack(len(data))
    w += data


def write_nullable_string(w: bytearray, value: Optional[str], flexible: bool) -> None:
    if value is None:
        w += b"\0" if flexible else b"\xff\xff"
    else:
        write_string(w, value, flexible)


def write_bytes(w: bytearray, value: Buffer, flexible: bool) -> None:
    if flexible:
        write_uvarint(w, len(value) + 1)
    else:
        w += _i.pack(len(value))
    w += value


def write_nullable_bytes(w: bytearray, value: Optional[Buffer], flexible: bool) -> None:
    if value is None:
        w += b"\0" if flexible else b"\xff\xff\xff\xff"
    else:
        write_bytes(w, value, flexible)


def write_count(w: bytearray, value: Sequence[object], flexible: bool) -> None:
    if flexible:
        write_uvarint(w, len(value) + 1)
    else:
        w += _i.pack(len(value))


def write_nullable_count(w: bytearray, value: Optional[Sequence[object]], flexible: bool) -> None:
    if value is None:
        w += b"\0" if flexible else b"\xff\xff\xff\xff"
    else:
        write_count(w, value, flexible)


def write_array(w: bytearray, value: Sequence[Any], letter: str, flexible: bool) -> None:
    write_count(w, value, flexible)
    w += pack(">" + letter * len(value), *value)


def write_nullable_array(
    w: bytearray, value: Optional[Sequence[Any]], letter: str, flexible: bool
) -> None:
    if value is None:
        w += b"\0" if flexible else b"\xff\xff\xff\xff"
    else:
        write_array(w, value, letter, flexible)


def write_tags(w: bytearray, tags: List[Tuple[int, bytearray]]) -> None:
    write_uvarint(w, len(tags))
    for tag, data in tags:
        write_uvarint(w, tag)
        write_uvarint(w, len(data))
        w += data


def _end(b: memoryview, p: int, size: int) -> int:
    end = p + size
    if size < 0 or end > len(b):
        raise ValueError(f"{size} bytes are promised where {len(b) - p} are left")
    return end


def read_nullable_string(b: memoryview, p: int, flexible: bool) -> Tuple[Optional[str], int]:
    if flexible:
        size = b[p]
        p += 1
        if size > 127:
            size, p = read_uvarint(b, p - 1)
        size -= 1
    else:
        (size,) = _h.unpack_from(b, p)
        p += 2
    if size == -1:
        return None, p
    end = _end(b, p, size)
    return str(b[p:end], "utf-8"), end


def read_string(b: memoryview, p: int, flexible: bool) -> Tuple[str, int]:
    value, p = read_nullable_string(b, p, flexible)
    if value is None:
        raise ValueError("null where a string must be")
    return value, p


def read_nullable_bytes(
    b: memoryview, p: int, flexible: bool
) -> Tuple[Optional[memoryview], int]:
    if flexible:
        size, p = read_uvarint(b, p)
        size -= 1
    else:
        (size,) = _i.unpack_from(b, p)
        p += 4
    if size == -1:
        return None, p
    end = _end(b, p, size)
    return b[p:end], end


def read_bytes(b: memoryview, p: int, flexible: bool) -> Tuple[memoryview, int]:
    value, p = read_nullable_bytes(b, p, flexible)
    if value is None:
        raise ValueError("null where bytes must be")
    return value, p


def read_nullable_count(b: memoryview, p: int, flexible: bool) -> Tuple[int, int]:
    if flexible:
        count, p = read_uvarint(b, p)
        return count - 1, p
    (count,) = _i.unpack_from(b, p)
    if count < -1:
        raise ValueError(f"a count of {count}")
    return count, p + 4


def read_count(b: memoryview, p: int, flexible: bool) -> Tuple[int, int]:
    count, p = read_nullable_count(b, p, flexible)
    if count < 0:
        raise ValueError("null where an array must be")
    return count, p


def read_array(
    b: memoryview, p: int, letter: str, size: int, flexible: bool
) -> Tuple[List[Any], int]:
    count, p = read_count(b, p, flexible)
    end = _end(b, p, count * size)
    return list(unpack_from(">" + letter * count, b, p)), end


def read_nullable_array(
    b: memoryview, p: int, letter: str, size: int, flexible: bool
) -> Tuple[Optional[List[Any]], int]:
    count, after = read_nullable_count(b, p, flexible)
    if count < 0:
        return None, after
    return read_array(b, p, letter, size, flexible)


def read_present(b: memoryview, p: int) -> Tuple[bool, int]:
    mark = b[p]
    if mark not in (1, 255):
        raise ValueError(f"a struct marked {mark}")
    return mark == 1, p + 1


def read_tagged_present(b: memoryview, p: int) -> Tuple[bool, int]:
    mark, p = read_uvarint(b, p)
    if mark > 1:
        raise ValueError(f"a struct marked {mark}")
    return mark == 1, p


def read_tag(b: memoryview, p: int) -> Tuple[int, int, int]:
    """The tag, where its field ends, and where it starts."""
    tag, p = read_uvarint(b, p)
    size, p = read_uvarint(b, p)
    return tag, _end(b, p, size), p


def check_tag(p: int, end: int) -> None:
    if p != end:
        raise ValueError("a tagged field is not as long as it says")


def skip_tags(b: memoryview, p: int) -> int:
    count, p = read_uvarint(b, p)
    for _ in range(count):
        _, p, _ = read_tag(b, p)
    return p
