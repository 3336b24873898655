"""Flask pages and JSON API for cooperatives, technicians and labs."""
