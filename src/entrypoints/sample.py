"""The sample repository: small enough to be read, real enough to be changed."""

SAMPLE = "sample"
SAMPLE_FILES = {
    "README.md": "# Greeter\n\nGreets whoever starts it.\n\n    python greeter.py\n",
    "greeter.py": '''"""Greets whoever starts it."""


def greeting() -> str:
    """Return the greeting."""
    return "Hello!"


if __name__ == "__main__":
    print(greeting())
''',
    "test_greeter.py": """from greeter import greeting


def test_everybody_is_greeted() -> None:
    assert greeting() == "Hello!"
""",
}
