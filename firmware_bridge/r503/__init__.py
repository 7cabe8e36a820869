"""The Grow R503 reader: its protocol, the driver's side of the line, an emulator of the far end."""
