"""The laboratory: the milk model over many milks, hours and draws at once, and what labs take home of it."""
