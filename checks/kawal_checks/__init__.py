"""Gates that judge reports of tests, and the thin commands of CI jobs."""
