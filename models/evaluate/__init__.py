"""How often the pipeline is wrong, measured on a folder of real people and fingers. Never part of a terminal."""
