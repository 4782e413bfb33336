"""Colour surfaces of the classes, learnt from training objects: how red an outburst is at each phase."""
