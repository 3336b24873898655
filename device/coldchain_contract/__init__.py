"""What device and server must agree on: identifiers, topics, packs, messages. Pure: no clock, socket or database."""
