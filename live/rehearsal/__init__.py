"""Simulated citizens of many kinds, with whom moderators rehearse."""
