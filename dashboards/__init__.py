"""The windows: the web server, and the pages that it serves."""
