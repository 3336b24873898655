"""How good the rules are: labelled faults of simulated coolers, or a recorded file, judged by rivals side by side."""
