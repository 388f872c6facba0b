"""The app that knows what was said."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """What was said, how it branched, how it ended, what people said of it."""

    name = "conversations"
