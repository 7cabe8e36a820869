"""Passive cues of a finger: figures of one image, and of earlier ones, that an artefact has trouble to imitate."""
