"""What the server does by the clock rather than by what comes in."""
