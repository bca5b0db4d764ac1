"""What the forge really enforces: settings and surroundings in, per gate a verdict with the way around it out. Pure."""
