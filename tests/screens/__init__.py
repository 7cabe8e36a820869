"""Every screen drawn in a real window, off-screen, and touched."""
