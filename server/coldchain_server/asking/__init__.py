"""What the server asks of devices: gaps in what was received, requests and their answers, and what is lost for good."""
