"""The routes of the gateway as values, without any input or output."""
