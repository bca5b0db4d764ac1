"""An independent model of the decision and a generator of cases, for test_oracle."""
