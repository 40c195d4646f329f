"""``pipeline``: the configured pipeline as a page, drawn from its table."""

from pathlib import Path

import click

from entrypoints.choices import pipeline_of
from entrypoints.pipeline_page import draw_pipeline
from entrypoints.settings import load_settings


@click.command()
@click.pass_obj
def pipeline(config: Path | None) -> None:
    """Print the pipeline as Markdown with a diagram."""
    click.echo(draw_pipeline(pipeline_of(load_settings(config))), nl=False)
