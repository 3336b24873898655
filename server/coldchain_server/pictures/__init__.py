"""Pictures to share: one unit as it stands, small enough for 2G, told by shapes, colours and words."""
