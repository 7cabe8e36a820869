"""What a terminal is connected to: the server's broker, a camera, a fingerprint reader. Threads live here."""
