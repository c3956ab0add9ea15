"""The first measure: activating everything that is due, in three ways."""
