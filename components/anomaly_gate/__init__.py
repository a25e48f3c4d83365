"""The gate on ExampleValidator; import `.component` for the component."""
