"""What this door is told, checked before anything is done."""
