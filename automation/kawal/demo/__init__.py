"""The whole story on the embedded forge: `kawal demo`."""
