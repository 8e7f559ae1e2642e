"""Documents that need approval, meetings with their resolutions, the register of events. Pure."""
