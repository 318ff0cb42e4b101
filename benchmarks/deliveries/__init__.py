"""A thousand jobs told of at receivers of which three in ten fail: `make demo-deliveries`."""
