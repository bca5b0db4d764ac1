"""The verbs of the product, one file each; the command line and the server only call these."""
