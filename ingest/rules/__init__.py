"""Rules of one device: pure functions over what it says and what it said before."""
