"""Another driver than ours, PyPI's pyfingerprint, in a process of its own: it brings packages that nothing here uses.

`python -m tests.firmware_bridge.r503.independent_driver PORT BAUD PASSWORD` obeys one JSON line after another, each a
method's name and its arguments, and answers with what it returned, or raised.
"""

from __future__ import annotations

import json
import sys

from pyfingerprint.pyfingerprint import PyFingerprint


def main(port: str, baud: str, password: str) -> None:
    """Until the end of the input."""
    driver = PyFingerprint(port, int(baud), 0xFFFFFFFF, int(password))
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer = {"returned": getattr(driver, name)(*arguments)}
        except Exception as error:  # noqa: BLE001 - it raises bare exceptions, and the test reads what they say
            answer = {"raised": str(error)}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
