"""Forge latihan: a double of GitLab CE on loopback, for demo and tests only."""
