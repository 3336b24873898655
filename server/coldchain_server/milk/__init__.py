"""Milk in the units: what people told of it, taken back or in force."""
