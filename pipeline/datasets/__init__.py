"""Data sets as configuration: the ones that ship are the TOML files here."""
