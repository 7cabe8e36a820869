"""`python -m terminal`: the same as `countersign-terminal`."""

from __future__ import annotations

from terminal.cli import main

if __name__ == "__main__":
    main()
