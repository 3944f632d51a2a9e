"""The shared database: one file a noun, its rules, its migrations."""
