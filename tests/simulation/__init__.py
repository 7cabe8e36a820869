"""The real cores of server and terminals under simulated time, network and disks, with seeded faults."""
