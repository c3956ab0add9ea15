"""Card definitions in Voucherify's words: read, turned into our rules, and shown."""
