"""Pusher: delivers a blessed model to the serving directory."""
