"""The store of readings: one Protocol, InfluxDB and SQLite behind it."""
