"""What this door answers, by what it is about."""
