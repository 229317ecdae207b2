"""Tests; the tree mirrors the apps, real servers stand in servers.py."""
