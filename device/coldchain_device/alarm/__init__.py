"""The local alarm: the box judges its units by itself and shows it, without network or server."""
