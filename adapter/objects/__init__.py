"""Data about cluster objects: keys, kinds, views, conditions, annotations, owners."""
