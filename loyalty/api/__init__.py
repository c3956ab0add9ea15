"""What all API views share: who calls, what they may, how answers and errors look."""
