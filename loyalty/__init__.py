"""Composition only: settings, addresses, Celery, and what the apps share."""
