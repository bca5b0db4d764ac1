"""From what should exist and what does, to a plan; and from a plan to the forge."""
