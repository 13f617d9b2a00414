"""What search does, by use case."""
