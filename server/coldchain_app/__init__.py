"""Commands, composition and the demo: the one place that may import everything."""
