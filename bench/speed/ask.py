"""`python -m bench.speed.ask`: what a user of a peer would write to have a command."""

from pathlib import Path

import click

from bench.speed.asked import Query
from bench.speed.peers import peer


@click.command()
@click.option("-n", "--limit", default=10, show_default=True, help="Most hits.")
@click.argument("module")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("words", nargs=-1, required=True)
def main(module: str, folder: Path, words: tuple[str, ...], limit: int) -> None:
    """Print the best hits of all WORDS."""
    with peer(module).open(folder) as search:
        for commit, title, piece in search(Query("all", words), limit):
            click.echo(f"{commit[:12]} {title}\n    {piece}")


if __name__ == "__main__":
    main()
