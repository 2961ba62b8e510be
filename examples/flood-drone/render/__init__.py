"""Procedural aerial scenes of a flood, with exact ground truth."""
