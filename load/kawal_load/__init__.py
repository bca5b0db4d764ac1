"""kawal-load: runs Locust with scenarios from data and leaves a report. Stands alone; judging is kawal-checks' work."""
