"""A server that is struck under load, in many ways, at many moments: afterwards every payment is accounted for."""
