"""Ingest: from MQTT to the spool or the quarantine, acknowledged only when durable."""
