"""Text on the terminal, which names from sessions, files and plug-ins must not control."""

import typer

from flowsep_plugin.untrusted.printable import one_line


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print lines of text to standard output, or to standard error, with control characters escaped.

    Line breaks and tabs stay. An escape sequence in the name of a clip could otherwise rewrite what is on the screen.
    """
    typer.echo("\n".join("\t".join(map(one_line, line.split("\t"))) for line in str(text).split("\n")), err=err, nl=nl)
