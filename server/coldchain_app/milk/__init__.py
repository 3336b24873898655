"""The milk model on any file of temperatures: what was measured, the answer, its words and its picture."""
