"""How milk keeps: the growth model, and other measures of what it has been through. Pure, and light enough for a Pi."""
