"""What people tell of the milk at the box: the milk buttons, and what the card keeps of their presses."""
