"""What clients send to wallets and accounts."""
