"""The session: what the terminal is doing with whom, as a pure state machine. No clock, thread, network or Kivy."""
