"""Files brought by hand: each read in its own format, and taken in the same way as what comes over MQTT."""
