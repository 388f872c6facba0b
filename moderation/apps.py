"""The app that judges, reviews and proves."""

from importlib import import_module

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    """What we think of it, and the proof."""

    name = "moderation"

    def ready(self) -> None:
        """Let the actions that do work make themselves known to the work table."""
        for noun in (
            "answers",
            "browsers",
            "campaigns",
            "certificates",
            "crossings",
            "endings",
            "enrichment",
            "erasures",
            "exports",
            "golden",
            "holds",
            "lineages",
            "opinions",
            "publication",
            "quality",
            "rejudging",
            "retention",
            "surfaces",
            "verifications",
            "watching",
            "webhooks",
            "witnesses",
            "words",
        ):
            import_module(f"moderation.actions.{noun}")
