"""Sources: what other makers' sensors, loggers and people tell, read as temperatures and instants. Pure."""
