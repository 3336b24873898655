"""The fleet file: which sites, units, devices, probes, placements, profiles and contacts there are."""
