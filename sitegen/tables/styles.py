"""How tables look in HTML: their class, the element around them, their caption, and ids of their rows."""

from __future__ import annotations

from sitegen.frozen import frozen


@frozen
class TableStyle:
    """`classes` are those of the table, and `wrapper` those of an element around it.

    An empty text is the style of the site, and finally the default: a visible caption, and no ids.
    """

    classes: str = ""
    wrapper: str = ""
    caption: str = ""
    ids: str = ""

    def over(self, other: TableStyle) -> TableStyle:
        """This style, and that of another one where it has none."""
        return TableStyle(
            self.classes or other.classes,
            self.wrapper or other.wrapper,
            self.caption or other.caption,
            self.ids or other.ids,
        )
