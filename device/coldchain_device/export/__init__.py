"""Readings taken away on a USB key: as a signed bundle, or as a sheet for a spreadsheet."""
