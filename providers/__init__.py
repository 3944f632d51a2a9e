"""One file a partner, and the contract they all keep."""
