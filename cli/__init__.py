"""`passerelle …`: one file a group of commands."""
