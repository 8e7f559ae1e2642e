"""A company's year, played in skipped time and then checked: `python -m bench.year`."""
