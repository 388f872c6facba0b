"""The demo world: people, policies and conversations of our own making, composed by seed."""
