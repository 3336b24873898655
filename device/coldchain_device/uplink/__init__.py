"""The uplink: what the outbox holds to the server, what the server says back, whenever there is a network."""
