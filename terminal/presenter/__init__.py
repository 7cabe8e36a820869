"""From the session's state to what a screen shows. Pure."""
