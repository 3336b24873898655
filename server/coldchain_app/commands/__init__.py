"""The commands of `coldchain-server`, one file a verb, each a click command named `command`."""
