"""Programs that take readings from a broker into InfluxDB: ours and its rivals, each run as its users would run it."""
