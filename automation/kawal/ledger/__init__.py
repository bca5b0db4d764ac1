"""The ledger: append-only signed records, their tree, the trust file, the content store and exported bundles."""
