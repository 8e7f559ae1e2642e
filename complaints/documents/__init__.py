"""Documents that departments review and the general manager approves. Pure."""
