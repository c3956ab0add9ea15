"""The API's form of cards, buckets and transactions, and of what the verbs are given."""
