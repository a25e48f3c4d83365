"""The error that all packages raise for problems a user can fix."""


class UserError(ValueError):
    """A mistake in data, configuration or set-up; the message is one line.

    It says what is wrong, what was expected and how to fix it, and is printed
    without a traceback.
    """


class Interrupted(UserError):
    """Ctrl-C in a command whose work continues elsewhere."""
