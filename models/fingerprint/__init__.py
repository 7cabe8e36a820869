"""From a sensor's finger image to an ISO record: image quality, the minutiae network, the record."""
