"""Everything between a terminal and its sensors: fingerprint readers, cameras, and their emulators."""
