"""The APIs of other vendors, each a folder that calls the same verbs as everybody."""
