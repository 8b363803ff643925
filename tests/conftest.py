"""The same examples on every run, and no time limit per example: two busy cores are slow at times."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
