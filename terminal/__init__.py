"""What runs on the counter: session, presenter, screens, devices, link to the server."""
