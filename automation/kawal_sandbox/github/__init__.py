"""GitHub REST v3 over the same store, at `/api/v3`: what PyGithub and kawal touch, answered in GitHub's words."""
