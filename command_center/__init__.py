"""The brain: take in, locate, correlate, open, route, assign, order, time, record."""
