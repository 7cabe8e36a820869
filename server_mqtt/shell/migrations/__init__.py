"""The database's versions, one file each, applied by `countersign-server migrate`."""
