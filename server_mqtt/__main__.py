"""`python -m server_mqtt`: the same as `countersign-server`."""

from __future__ import annotations

from server_mqtt.cli import main

if __name__ == "__main__":
    main()
