"""The map: area tree, grids, cells, places, posts, registers and the policies of one city, all of it data."""
