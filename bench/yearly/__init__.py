"""The plan of the simulated year, and what must hold when it is over."""
