"""What a person sees of a run: one live line a component, or plain lines."""
