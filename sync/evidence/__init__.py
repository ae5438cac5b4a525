"""What can be read off an evidence file: pure functions of a file, nothing stored, no network."""
