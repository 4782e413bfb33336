"""Avro's binary encoding straight into columns: what alerts repeat by the hundred never becomes a Python object."""
