"""What somebody may type who means harm, or who only has an odd keyboard."""

PWN = "window.__pwned=1"

HOSTILE = (
    f"<script>{PWN}</script>",
    f"</script><script>{PWN}</script>",
    f'"><img src=x onerror="{PWN}">',
    f"<svg/onload={PWN}>",
    f"<svg><animate onbegin={PWN} attributeName=x dur=1s>",
    f"<iframe srcdoc='<script>parent.{PWN}</script>'></iframe>",
    f"<details open ontoggle={PWN}>x</details>",
    f"<math><mtext></table><mglyph><style><img src=x onerror={PWN}>",
    f"<style>@import 'javascript:{PWN}'; * {{ display: none !important }}</style>",
    f"<base href='https://evil.example/'><a href='javascript:{PWN}'>a</a>",
    f"[press me](javascript:{PWN}) [or me](data:text/html,<script>{PWN}</script>)",
    f"![a picture](https://evil.example/x.png) <javascript:{PWN}>",
    f"' onfocus='{PWN}' autofocus='",
    f'" style="position:fixed;inset:0" onmouseover="{PWN}',
    f"`${{{PWN}}}` {{{{ 7*7 }}}} {{% debug %}} {{# x #}}",
    "<!--mine:me--> <!--csrf--> <!--key--> <!--/mine:me-->",
    "<!-- <!--mine:proposal-1-->stolen<!--/mine:proposal-1--> --!> <![CDATA[",
    '{"kind":"snapshot","seq":0},\\"},{"do":"close_dialogue"}',
    "\\u003cscript\\u003e \\x3cimg src=x\\x3e &lt;b&gt; &#x3C;i&#x3E; %3Cscript%3E",
    "\u202eevitartsinimdA \u2066left\u2069 \u200b\u200dzero\ufeff width",
    "Z" + "\u0301\u0336\u0489" * 66 + "algo",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbau" * 2,
    "﷽" * 40 + " 𒐫𒈙⸻꧅",
    "'; DROP TABLE proposals_proposal; -- \x00\x1b[31m\x07",
    "%s %(x)s %n {0} {name} $& \\1 \\g<0>",
    "🏳️‍🌈👩‍👩‍👧‍👦" * 12,
    "<template><form id=room><input name=textContent></form></template>",
    "العربية עברית mixed 123 (bidi) ‏and back",
)
