"""``pipeline``: the configured pipeline as a page, drawn from its table."""

from pathlib import Path

import click

from domain.pipeline import DEFAULT_PIPELINE
from entrypoints.pipeline_page import draw_pipeline
from entrypoints.settings import load_settings


@click.command()
@click.pass_obj
def pipeline(config: Path | None) -> None:
    """Print the pipeline as Markdown with a diagram."""
    settings = load_settings(config)
    table = settings.pipeline.pipeline() if settings.pipeline else DEFAULT_PIPELINE
    click.echo(draw_pipeline(table), nl=False)
