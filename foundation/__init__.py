"""The ground: settings, database, bus, clock, ids, logs, processes. Imports nothing of ours."""

__version__ = "0.1.0"
