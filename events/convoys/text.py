"""The text that a person sees on the rendered page. Only that is digested, shown and worked.

HTML comments, invisible characters, attributes, link titles and folded sections are how instructions are hidden from
the one who labels an issue and shown to the agent. So the text is rendered as a forge does it, and what shows is read
off the page; code stands as it was written.
"""

import hashlib
import re
import unicodedata
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from events.model import Text

READ = 100_000
"""Characters of a text that are rendered; an issue may have two million."""

LONGEST = 60_000
"""Characters of a task; a bead's description may have 65,536."""

CUT = "\n\n[The rest was cut: the text is longer than a task may be.]"

UNSEEN = frozenset(
    "script style template noscript iframe object embed svg math head title textarea xmp plaintext noembed noframes"
    " select datalist audio video canvas map dialog area param meta link base frameset".split()
)
"""Elements whose content does not show, or not as text. What a forge shows of them all the same is no loss."""

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
BLOCKS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 li ul ol blockquote pre table tr section article summary hr br dd dt dl".split()
)
_CONCEALING = re.compile(
    r"display|visibility|opacity|font|color|position|clip|height|width|overflow|indent|transform",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"\n{3,}")
_KEPT = frozenset("\n\t")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Letters by category that draw nothing."""
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def visible(text: str) -> str:
    """What shows of a text in Markdown, as plain text that keeps code, lists and where links lead."""
    page = _MARKDOWN.render(_plain(text.replace("\r\n", "\n").replace("\r", "\n"))[:READ])
    reader = _Page()
    # Not closed: what is open at the end, such as a comment, would be handed out as text, and no page shows it.
    reader.feed(f"{page}<br>")
    shown = _plain("".join(reader.shown))
    lines = "\n".join(line.rstrip() for line in shown.split("\n"))
    return _BLANKS.sub("\n\n", lines).strip()


def line(text: str, *, most: int) -> str:
    """A title, which forges show as it is: one line without what draws nothing."""
    shown = " ".join(_plain(text).split())
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def cut(text: str) -> str:
    """No more of a text than a task may have; says so where something is missing."""
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + CUT


def hides(text: Text) -> bool:
    """Whether a text has letters that its reader does not see."""
    return any(_letters(text.body) - _letters(visible(text.body))) or len(_plain(text.title)) < len(
        text.title
    )


def digest(title: str, task: str) -> str:
    """What tells that this text ran, and no other."""
    return hashlib.sha256(f"{len(title)}:{title}\0{task}".encode(errors="surrogatepass")).hexdigest()


def _letters(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text))


def _plain(text: str) -> str:
    """Without characters that draw nothing or change the direction of others."""
    return "".join(each for each in text if each in _KEPT or not _draws_nothing(each))


def _draws_nothing(each: str) -> bool:
    return (
        unicodedata.category(each) in _DROPPED
        or each in _FILLERS
        or "\ufe00" <= each <= "\ufe0f"
        or "\U000e0100" <= each <= "\U000e01ef"
    )


class _Page(HTMLParser):
    """Reads the visible text off a page. What is not closed hides all that follows, as on the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self._open: list[tuple[str, bool]] = []
        """The open elements, and whether each hides what is in it."""
        self._links: list[str] = []

    @property
    def _hidden(self) -> bool:
        hiding = [name for name, hides in self._open if hides]
        return bool(hiding) and not (set(hiding) == {"details"} and self._open[-1][0] == "summary")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self._mark(tag, opening=True)
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        if tag not in VOID:
            self._open.append((tag, tag in UNSEEN or tag == "details" or _conceals(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<b/>` opens an element in HTML, slash or not."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those inside of it that were not; one that is not open closes nothing."""
        if all(name != tag for name, _ in self._open):
            return
        if tag == "a" and self._links:
            self._where(self._links.pop())
        self._mark(tag, opening=False)
        while self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._hidden:
            self.shown.append(data)

    def _where(self, address: str) -> None:
        seen = "".join(self.shown[-4:]).endswith(address)
        if address.startswith(("http://", "https://")) and not self._hidden and not seen:
            self.shown.append(f" ({address})")

    def _mark(self, tag: str, *, opening: bool) -> None:
        if self._hidden:
            return
        if tag == "pre":
            self.shown.append("\n```\n")
        elif tag == "code" and not any(name == "pre" for name, _ in self._open):
            self.shown.append("`")
        elif tag == "li" and opening:
            self.shown.append("\n- ")
        elif tag in BLOCKS:
            self.shown.append("\n")
        elif tag in {"td", "th"} and not opening:
            self.shown.append(" | ")


def _conceals(attrs: list[tuple[str, str | None]]) -> bool:
    names = {name for name, _ in attrs}
    return "hidden" in names or any(
        (name == "aria-hidden" and value == "true") or (name == "style" and _CONCEALING.search(value or ""))
        for name, value in attrs
    )
