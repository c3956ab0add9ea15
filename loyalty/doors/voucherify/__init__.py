"""The API of Voucherify Loyalty v2, as its own pages describe it."""
