"""The whole evaluation behind `./run eval`: verification, and attacks before emulated cameras."""
