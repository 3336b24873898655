"""The demo: the whole chain on embedded parts, with simulated coolers read through the real 1-Wire driver."""
