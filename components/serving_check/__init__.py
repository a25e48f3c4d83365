"""ServingCheck: does the exported model predict what the trained one does?"""
