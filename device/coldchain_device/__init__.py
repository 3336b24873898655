"""The Raspberry Pi beside the cooler: probes to outbox to uplink, and the local alarm."""
