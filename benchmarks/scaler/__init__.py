"""How long one tick of the scaler takes, by the number of models: `make bench-scaler`."""
