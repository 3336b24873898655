"""Readings in InfluxDB of any generation: line protocol to /write, InfluxQL to /query, Basic authentication."""
