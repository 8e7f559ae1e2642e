"""Who may see what of cases, rounds, reports and customers, and whose contacts are masked."""
