"""The app with all doors."""

from importlib import import_module

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Pages, API and the processes around them."""

    name = "console"

    def ready(self) -> None:
        """Register the system checks, and the Celery app that tasks are sent through."""
        for module in ("checks", "celery"):
            import_module(f"console.{module}")
