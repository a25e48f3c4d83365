"""Pusher: deliver a blessed model to the serving directory."""
