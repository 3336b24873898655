"""Speed and size: each figure beside a named rival or limit that the same run measured on the same machine."""
