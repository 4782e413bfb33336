"""A run from outside: its configuration, its plan, its summary."""
