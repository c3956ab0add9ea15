"""The API of Eagle Eye AIR, as its own pages describe it."""
