"""How long the pages of the back office take, on a database that has grown."""
