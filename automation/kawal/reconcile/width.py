"""How many projects are worked on at the same time. The adapters bound the calls under way (16 connections) whatever stands here."""

READ = 8
"""Each reads eight lists at once, so these already keep every connection busy."""
WRITTEN = {"gitlab": 16, "github": 1}
"""A project is written change by change, so one call each. GitHub.com allows 80 creations a minute and wants them one after the other."""
