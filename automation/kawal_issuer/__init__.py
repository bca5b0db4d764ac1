"""The permit issuer: the only holder of the permit key. Imports no parser of PDF, XML or YAML (a test holds it to that)."""
