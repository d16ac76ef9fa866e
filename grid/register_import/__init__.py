"""Registers of devices and cameras as files bring them, judged row by row. Pure over the loaded city."""
