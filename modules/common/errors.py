"""The error every part raises for what a user can mend."""


class UserError(ValueError):
    """A mistake in data, configuration or set-up; the message is one line.

    It says what was found, what was expected and what to do, and is printed
    without a traceback.
    """


class Interrupted(UserError):
    """Ctrl-C where it means something else than that all has stopped."""
