"""Actions: the only writers of state.

Each is one function with five steps in this order: lock, move, save the fields that changed, record, schedule. Pages, API, tasks and
commands only call them.
"""
