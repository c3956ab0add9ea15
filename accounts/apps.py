"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Points accounts"
    default_auto_field = "django.db.models.BigAutoField"
