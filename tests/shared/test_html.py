"""No text of a person ever becomes markup that it should not become."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.html import (
    ATTRIBUTES,
    LONGEST_SOURCE,
    TAGS,
    render_markdown,
)
from shared.texts import clean_text

ZWSP = "\u200b"
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script upper": "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "script split": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "script slash": "<script/x>alert(1)</script/x>",
    "script unclosed": "<script>alert(1)",
    "script newline": "<script\n>alert(1)</script\n>",
    "script in text": "before <script>alert(1)</script> after",
    "img onerror": "<img src=x onerror=alert(1)>",
    "img onerror quoted": "<img src='x' onerror=\"alert('1')\">",
    "img backtick": "<img src=`x` onerror=alert(1)>",
    "img slash": "<img/src/onerror=alert(1)>",
    "img srcset": "<img srcset='x 1x' onerror=alert(1)>",
    "image markdown": "![x](http://tracker.example/pixel.gif)",
    "image javascript": "![x](javascript:alert(1))",
    "svg onload": "<svg onload=alert(1)>",
    "svg script": "<svg><script>alert(1)</script></svg>",
    "svg animate": "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "svg use": "<svg><use href='data:image/svg+xml,<svg/onload=alert(1)>'/></svg>",
    "math": "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "math style": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "style": "<style>@import '//evil.example/x.css';</style>",
    "style attribute": "<p style='background:url(//evil.example/x)'>x</p>",
    "class and id": "<p class=now id=room>x</p>",
    "on handler": "<p onclick=alert(1) ONMOUSEOVER=alert(1)>x</p>",
    "on handler new": "<b onpointerrawupdate=alert(1)>x</b>",
    "body onload": "<body onload=alert(1)>",
    "iframe": "<iframe src='javascript:alert(1)'></iframe>",
    "iframe srcdoc": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "object": "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "embed": "<embed src='//evil.example/x.swf'>",
    "form": "<form action='/account/delete/'><button>x</button></form>",
    "formaction": "<button formaction='javascript:alert(1)'>x</button>",
    "input autofocus": "<input autofocus onfocus=alert(1)>",
    "details": "<details open ontoggle=alert(1)>x</details>",
    "video": "<video><source onerror=alert(1)></video>",
    "base": "<base href='//evil.example/'>",
    "link": "<link rel=stylesheet href='//evil.example/x.css'>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "template": "<template><img src=x onerror=alert(1)></template>",
    "noscript": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "textarea": "</textarea><script>alert(1)</script>",
    "title": "</title><script>alert(1)</script>",
    "comment": "<!--><script>alert(1)</script>-->",
    "conditional": "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "cdata": "<![CDATA[<script>alert(1)</script>]]>",
    "processing": "<?xml version='1.0'?><script>alert(1)</script>",
    "htmx": "<p hx-get='/account/delete/' hx-trigger=load>x</p>",
    "data attribute": "<p data-command='ballot.close'>x</p>",
    "javascript link": "[x](javascript:alert(1))",
    "javascript upper": "[x](JaVaScRiPt:alert(1))",
    "javascript space": "[x]( javascript:alert(1))",
    "javascript tab": "[x](java\tscript:alert(1))",
    "javascript newline": "[x](java\nscript:alert(1))",
    "javascript zero width": f"[x](java{ZWSP}script:alert(1))",
    "javascript control": "[x](\x01javascript:alert(1))",
    "javascript entity": "[x](&#106;avascript:alert(1))",
    "javascript entities": "[x](java&Tab;script&colon;alert(1))",
    "javascript raw": "<a href='javascript:alert(1)'>x</a>",
    "javascript raw zero width": f"<a href='java{ZWSP}script:alert(1)'>x</a>",
    "javascript autolink": "<javascript:alert(1)>",
    "javascript reference": "[x][y]\n\n[y]: javascript:alert(1)",
    "vbscript": "[x](vbscript:msgbox(1))",
    "data link": "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "data autolink": "<data:text/html,<script>alert(1)</script>>",
    "file link": "[x](file:///etc/passwd)",
    "blob link": "[x](blob:http://evil.example/x)",
    "own page": "[x](/account/logout/)",
    "other host": "[x](//evil.example/)",
    "backslashes": "[x](\\\\\\\\evil.example)",
    "fragment": "[x](#desk)",
    "query": "[x](?delete=1)",
    "title breaks out": "[x](http://a.example '\"><script>alert(1)</script>')",
    "address breaks out": '[x](http://a.example/"onmouseover="alert(1))',
    "linkify breaks out": 'http://a.example/"onmouseover="alert(1)"',
    "linkify script": "http://a.example/<script>alert(1)</script>",
    "link in link": "[a [b](javascript:alert(1))](http://a.example)",
    "nested markup": "**<b>*<i onclick=alert(1)>x</i>*</b>**",
    "list with script": "- <script>alert(1)</script>\n  1. <img onerror=alert(1)>",
    "quote with script": "> <svg/onload=alert(1)>",
    "fullwidth": "＜script＞alert(1)＜/script＞",
    "overlong entity": "&#0000000000060;script&#62;alert(1)",
    "nul": "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "bidi": "[\u202egro.example\u202c](http://evil.example)",
    "polyglot": "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A",
    "stray ends": "</p></div></body><p>x",
    "bare open": "<<<<p>>>> <a <b <p",
}
LONG = {
    "opening brackets": "<" * 20_000,
    "tags": "<b>" * 7_000,
    "quotes": ">" * 20_000,
    "spaced quotes": "> " * 10_000,
    "stars": "*" * 20_000,
    "star words": "*a " * 6_000,
    "brackets": "[" * 20_000,
    "links": "[x](" * 5_000,
    "lists": "- " * 10_000,
    "entities": "&#x26;" * 3_000,
    "hosts": "a." * 10_000,
    "too long": "x" * 200_000,
}


class Seen(HTMLParser):
    """What a browser would see: tags, attributes, addresses, comments."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.schemes: set[str] = set()
        self.others: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, __ in attrs}
        self.schemes |= {
            urlsplit(value or "").scheme for name, value in attrs if name == "href"
        }

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment  # type: ignore[assignment]


def assert_harmless(markup: str) -> None:
    seen = Seen(markup)
    assert seen.tags - TAGS == set()
    assert {a for a in seen.attributes if a[1] not in ATTRIBUTES.get(a[0], ())} == set()
    assert seen.schemes - {"http", "https", "mailto"} == set()
    assert seen.others == []


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_render_markdown_hostile_source(source: str):
    assert_harmless(render_markdown(source))
    assert_harmless(render_markdown(clean_text(source)))


@pytest.mark.parametrize("source", LONG.values(), ids=LONG.keys())
def test_render_markdown_long_source(source: str):
    markup = render_markdown(source)

    assert_harmless(markup)
    # Each sign of the source may become an entity or a link's share, not more.
    assert len(markup) <= 60 * LONGEST_SOURCE


@pytest.mark.parametrize(
    ("source", "markup"),
    [
        ("**a** _b_", "<p><strong>a</strong> <em>b</em></p>\n"),
        ("a\nb", "<p>a<br>\nb</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("1. a", "<ol>\n<li>a</li>\n</ol>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("1 < 2 & 3 > 2", "<p>1 &lt; 2 &amp; 3 &gt; 2</p>\n"),
        (
            "[Plan](https://stadt.example/plan?a=1&b=2)",
            '<p><a href="https://stadt.example/plan?a=1&amp;b=2"'
            ' rel="nofollow noopener ugc">Plan</a></p>\n',
        ),
        (
            "[Amt](mailto:amt@stadt.example)",
            '<p><a href="mailto:amt@stadt.example"'
            ' rel="nofollow noopener ugc">Amt</a></p>\n',
        ),
        (
            "Siehe https://dortmund.de/plan.",
            '<p>Siehe <a href="https://dortmund.de/plan"'
            ' rel="nofollow noopener ugc">https://dortmund.de/plan</a>.</p>\n',
        ),
        ("[x](/account/logout/)", "<p>x</p>\n"),
        ("[x](//evil.example)", "<p>x</p>\n"),
        ("[x](ftp://a.example)", "<p>x</p>\n"),
        ("# no heading", "<p># no heading</p>\n"),
        ("`no code`", "<p>`no code`</p>\n"),
        ("", ""),
    ],
)
def test_render_markdown_exact(source: str, markup: str):
    assert render_markdown(source) == markup


def test_render_markdown_is_marked_safe():
    assert render_markdown("a").__html__() == "<p>a</p>\n"


def test_render_markdown_cuts_source():
    markup = render_markdown("x" * (LONGEST_SOURCE + 1))

    assert markup == f"<p>{'x' * LONGEST_SOURCE}</p>\n"


pieces = st.sampled_from(
    [*HOSTILE.values(), "<", ">", '"', "'", "&", "[", "](", ")", "*", "_", "`", "\n",
     "- ", "> ", "\\", "http://", "javascript:", "\x00", ZWSP, "&#", ";", "</", "="]
)  # fmt: skip


@given(st.lists(pieces | st.text(max_size=6), max_size=8).map("".join))
def test_render_markdown_never_yields_disallowed_tag(source: str):
    assert_harmless(render_markdown(source))
