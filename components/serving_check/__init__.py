"""ServingCheck: does the exported model answer as the trained one does?"""
