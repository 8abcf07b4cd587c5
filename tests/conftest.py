"""What holds for every test: property tests draw the same examples each time, however slow the machine is at that moment."""

from hypothesis import HealthCheck, settings

# The first text that is drawn on a clean checkout makes Hypothesis build its tables of characters: slow is no fault of a test.
settings.register_profile("weisu", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("weisu")
