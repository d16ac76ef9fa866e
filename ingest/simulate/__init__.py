"""A living city, played through the same doors as the real one: producers, callers, phones, desks."""
