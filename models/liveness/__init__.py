"""Active liveness: whether a person did what was asked, in order, in front of this camera. Pure."""
