"""The yardstick for votes: a small Django site, one transaction for each form."""
