"""How dates are shown, by language; Django reads these where they differ from its own."""
