"""ExampleGen for labelled images; import `.component` for the component."""
