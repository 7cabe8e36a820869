"""Who answers at this machine's serial ports: a bridge board, a fingerprint reader, nobody. Impure: opens the ports."""

from __future__ import annotations

from collections.abc import Iterator

from serial.tools import list_ports

from firmware_bridge.board.bridge import USB_BAUD, ask_who
from firmware_bridge.doctor.finding import Finding, Health, Kind
from firmware_bridge.errors import (
    BoardOtherVersion,
    SensorBusy,
    SensorCorrupt,
    SensorError,
    SensorNotFound,
    SensorWrongPassword,
)
from firmware_bridge.port import SerialLine
from firmware_bridge.r503.commands import DEFAULT_BAUD
from firmware_bridge.r503.reader import R503Reader

_NOT_WIRED = "n/a"
"""What pyserial has for the identity of a port that a chip set could have and nothing is connected to."""


def ports_of_machine() -> list[str]:
    """Paths of all ports that could have something at their end, by name."""
    return sorted(port.device for port in list_ports.comports() if port.hwid != _NOT_WIRED or "AMA" in port.device)


def examine_port(path: str) -> Finding:
    """Who is at the port `path`. Takes up to five seconds where nobody is."""
    try:
        line = SerialLine(path, baud=USB_BAUD)
    except (SensorNotFound, SensorBusy) as error:
        return _failed(Kind.PORT, path, error)
    try:
        board = ask_who(line)
    except BoardOtherVersion as error:
        return _failed(Kind.BOARD, path, error)
    except SensorError as error:
        return _failed(Kind.PORT, path, error)
    finally:
        line.close()
    if board is not None:
        said = f"bridge board {board.unique_id}, firmware {board.firmware}"
        if board.paired:
            return Finding(Kind.BOARD, Health.WORKS, path, f"{said}, paired")
        advice = "hold both its buttons, plug it in again, and call `countersign-terminal bridge pair`"
        return Finding(Kind.BOARD, Health.FAILS, path, f"{said}, paired with no terminal", advice)
    return _reader_at(path)


def examine_ports(paths: list[str]) -> Iterator[Finding]:
    """All of these, one after the other; one finding that there is none where `paths` is empty."""
    if not paths:
        yield Finding(
            Kind.PORT,
            Health.MISSING,
            "",
            "no serial port",
            "plug the reader or the bridge board in; a reader at a Raspberry Pi's pins needs `enable_uart=1` in "
            "/boot/firmware/config.txt",
        )
    for path in paths:
        yield examine_port(path)


def _reader_at(path: str) -> Finding:
    try:
        with R503Reader.open(path, baud=DEFAULT_BAUD) as reader:
            return Finding(Kind.READER, Health.WORKS, path, reader.identity)
    except SensorNotFound:
        return Finding(
            Kind.PORT,
            Health.MISSING,
            path,
            "nobody answers",
            "if a reader is there: has it 3.3 V (R503) or 5 V (R307), and is its TX at our RX and the other way round?",
        )
    except SensorWrongPassword as error:
        return Finding(Kind.READER, Health.FAILS, path, str(error), "somebody has set one: use another reader")
    except SensorCorrupt as error:
        return Finding(Kind.READER, Health.FAILS, path, str(error), "use a shorter or a shielded cable")
    except SensorError as error:
        return _failed(Kind.READER, path, error)


def _failed(kind: Kind, path: str, error: SensorError) -> Finding:
    """What went wrong; the error's words say after the last colon what to do."""
    said, _, advice = str(error).rpartition(": ")
    return Finding(kind, Health.FAILS, path, said or advice, advice if said else "")
