"""The web server: HTTP, the live feed, the pages. It reads; a person's action travels to the brain."""
