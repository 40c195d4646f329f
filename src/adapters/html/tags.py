"""What HTML's tags mean to us, in one place: reading and sanitising must agree."""


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


BLOCKS = _tags(
    """
    address article aside blockquote caption center dd details dir div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre search
    section summary table tbody td tfoot th thead tr ul
    """
)
"""Whose words are never in one sentence with those around."""

INLINE = _tags(
    """
    a b big br code del em i kbd mention-component q s samp small span strike strong sub sup tt u
    """
)

UNREAD = _tags(
    """
    audio button canvas dialog embed head iframe link math meta noembed noframes noscript object rp
    script select style svg template textarea title video
    """
)
"""Never shown as text, or not the writer's words: what is inside goes with them."""

VOID = _tags("area base br col embed hr img input link meta source track wbr")
"""Never closed."""

OWN_RULES = UNREAD - VOID | _tags("applet frameset marquee plaintext xmp")
"""Inside of these a tag is not a tag, or closes what it did not open."""
