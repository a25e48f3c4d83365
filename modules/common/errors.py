"""The error that all packages raise for problems a user can fix."""


class UserError(ValueError):
    """A mistake in data, configuration or set-up; the message is one line.

    It says what is wrong, what was expected and how to fix it, and is printed
    without a traceback.
    """


class Interrupted(UserError):
    """Ctrl-C in a command whose work continues elsewhere."""


def escaped(text: str, kept: str = "") -> str:
    """`text` as any terminal can show it, without acting on what is in it.

    Args:
      text: such as a message with a name that came from somebody's file.
      kept: characters that stay, though they are not printable.
    """
    return "".join(
        each
        if each.isprintable() or each in kept
        else each.encode("unicode_escape").decode()
        for each in text
    )
