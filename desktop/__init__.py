"""The desk of a liaison: window, commands and their words. Knows ``sync``, never SQL, HTTP or the server."""
