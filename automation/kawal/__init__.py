"""kawal: escorts a government application from its approving letter to production."""

__version__ = "0.1.0"
