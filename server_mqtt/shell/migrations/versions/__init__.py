"""One file a version of the tables; a file never changes once it was released."""
