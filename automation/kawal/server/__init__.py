"""The doors of kawal: permits and webhooks over loopback HTTP. Thin: every decision is made elsewhere."""
