"""Pipelines of the embedded forge: GitLab CI YAML, jobs, runners, artifacts and ID tokens."""
