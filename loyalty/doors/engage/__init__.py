"""The API of Voyado Engage, as its own pages describe it."""
