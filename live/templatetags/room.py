"""Tags of the room's templates."""

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString

from live import filling
from live.texts import script_texts as texts_of_scripts
from moderation.merging import WORDING_SIGNS
from projects.models import localised
from proposals.models import Contribution
from proposals.queries import wording_digest
from shared.html import render_markdown

register = template.Library()


@register.filter
def markdown(source: str) -> SafeString:
    """A person's text as safe HTML."""
    return render_markdown(source)


@register.filter
def local(row: object, field: str) -> str:
    """`row.field` in the reader's language."""
    return localised(row, field)  # type: ignore[arg-type]


@register.filter
def wording(row: Contribution) -> str:
    """Enough of its digest to tell how `row` read when the page was drawn."""
    return wording_digest(row)[:WORDING_SIGNS]


@register.simple_tag
def script_texts() -> SafeString:
    """The translated texts that `live.js` says, as a JSON island."""
    return json_script(texts_of_scripts(), "texts")


@register.simple_tag
def csrf_place() -> SafeString:
    """Where a page puts its form token; frames leave it empty."""
    return SafeString("<!--csrf-->")


class _Slot(template.Node):
    """Marks what everybody gets in a slot, so that a page can put its own in."""

    def __init__(
        self,
        kind: template.base.FilterExpression,
        pk: template.base.FilterExpression,
        inner: template.NodeList,
    ) -> None:
        self.kind, self.pk, self.inner = kind, pk, inner

    def render(self, context: template.Context) -> SafeString:
        name = f"{self.kind.resolve(context)}-{int(self.pk.resolve(context))}"
        inner = self.inner.render(context)
        return SafeString(f"<!--mine:{name}-->{inner}<!--/mine:{name}-->")


@register.tag
def slot(parser: template.base.Parser, token: template.base.Token) -> _Slot:
    """`{% slot "proposal" proposal.pk %}...{% endslot %}`."""
    __, kind, pk = token.split_contents()
    inner = parser.parse(("endslot",))
    parser.delete_first_token()
    return _Slot(parser.compile_filter(kind), parser.compile_filter(pk), inner)


@register.simple_tag(takes_context=True)
def filled(context: template.Context, html: str) -> SafeString:
    """A drawn fragment with this person's form token and key in it."""
    return filling.personal(html, {}, context["request"])
