"""The commands of `coldchain-device`, one file each."""
