"""Configuration, logging, and the embedded services with their supervisor."""
