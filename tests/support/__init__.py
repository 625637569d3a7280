"""Helpers shared by the suites that drive a running server."""
