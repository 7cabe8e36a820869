"""The bridge board as the terminal has it: its link, its reader's line, its emulator."""
