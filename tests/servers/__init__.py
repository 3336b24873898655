"""The real servers that tests talk to: started on loopback with a free port and a temporary folder, ended by pid."""
