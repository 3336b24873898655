"""The rules, one file each: a frozen state and a pure `step` from state and evidence to state and verdict.

A `step` returns a verdict only where the standing changes. Every rule begins unknown. Timers run on the instants of
readings, never on how many there were, and a state that was written as JSON and read back goes on as if it had stayed.
"""
