"""The session: every step, every event, and all of them in any order."""
