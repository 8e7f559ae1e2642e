"""How fast Duly is, measured against a bare workflow on the same server in the same run: `python -m bench`."""
