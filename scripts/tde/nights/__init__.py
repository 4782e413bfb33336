"""Night after night: what the files until a night say of the objects that they touch, and what changed."""
