"""Consistent overhead byte stuffing: any bytes as bytes without a zero, so that a zero can end a frame. Pure.

Source: Cheshire and Baker 1999, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking 7(2).
Runs under MicroPython and CPython alike.
"""

RUN_MAX = 254
"""A code byte counts itself and so many bytes without a zero."""


def encode(data: bytes) -> bytes:
    """`data` without zeros, one byte longer, and one more per 254."""
    out = bytearray(1)
    code_at = 0
    for byte in data:
        if len(out) - code_at > RUN_MAX:
            out[code_at] = RUN_MAX + 1
            code_at = len(out)
            out.append(0)
        if byte:
            out.append(byte)
        else:
            out[code_at] = len(out) - code_at
            code_at = len(out)
            out.append(0)
    out[code_at] = len(out) - code_at
    return bytes(out)


def decode(data: bytes) -> bytes:
    """What `encode` made `data` of. Raises ValueError where it made nothing of the kind: a zero, a run past the end."""
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        end = at + code
        run = data[at + 1 : end]
        if code == 0 or end > len(data) or 0 in run:
            raise ValueError("no COBS")
        out += run
        at = end
        if code <= RUN_MAX and at < len(data):
            out.append(0)
    return bytes(out)
